#include "io/stream/client_certificate.hpp"

#include "io/stream/bio_pointer.hpp"

#include <openssl/asn1.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace cocql::io {

namespace {

/// Of the authorities that a server names so many are told.
constexpr int most_names = 5;
/// And of each so many bytes: how long it is the server says.
constexpr std::size_t longest_authority = 200;

std::string text_in(BIO* bio) {
    char* begin = nullptr;
    const long size = BIO_get_mem_data(bio, &begin);
    return size > 0 ? std::string(begin, static_cast<std::size_t>(size)) : std::string();
}

std::string text_of(const X509_NAME* name) {
    const bio_pointer out(BIO_new(BIO_s_mem()));
    if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0)
        return "?";
    return text_in(out.get());
}

std::string text_of(const ASN1_TIME* time) {
    const bio_pointer out(BIO_new(BIO_s_mem()));
    if (!out || ASN1_TIME_print(out.get(), time) != 1)
        return "?";
    return text_in(out.get());
}

/// Whether our certificate, or one that was sent with it, was issued by one of these.
bool is_issued_by_one_of(const STACK_OF(X509_NAME) * authorities, X509* leaf,
                         STACK_OF(X509) * chain) {
    const auto named = [authorities](const X509* certificate) {
        for (int i = 0; i < sk_X509_NAME_num(authorities); ++i)
            if (X509_NAME_cmp(sk_X509_NAME_value(authorities, i),
                              X509_get_issuer_name(certificate)) == 0)
                return true;
        return false;
    };
    if (named(leaf))
        return true;
    for (int i = 0; i < sk_X509_num(chain); ++i)
        if (named(sk_X509_value(chain, i)))
            return true;
    return false;
}

std::string list_of(const STACK_OF(X509_NAME) * authorities) {
    std::string text;
    const int count = sk_X509_NAME_num(authorities);
    for (int i = 0; i < std::min(count, most_names); ++i) {
        auto name = text_of(sk_X509_NAME_value(authorities, i));
        if (name.size() > longest_authority)
            name.replace(longest_authority, std::string::npos, "…");
        text += (i == 0 ? "" : "; ") + name;
    }
    return count > most_names ? text + "; …" : text;
}

} // namespace

std::string sent_certificate(ssl_st* ssl) {
    const X509* const leaf = SSL_get_certificate(ssl);
    if (leaf == nullptr)
        return "?";
    return text_of(X509_get_subject_name(leaf)) + ", issued by " +
           text_of(X509_get_issuer_name(leaf));
}

std::string advice_about_sent_certificate(ssl_st* ssl) {
    X509* const leaf = SSL_get_certificate(ssl);
    if (leaf == nullptr)
        return {};
    if (X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0)
        return "give a client certificate that is valid: this one's time ended on " +
               text_of(X509_get0_notAfter(leaf));
    if (X509_cmp_current_time(X509_get0_notBefore(leaf)) > 0)
        return "give a client certificate that is valid, or set this machine's clock: this one's "
               "time begins on " +
               text_of(X509_get0_notBefore(leaf));
    if (X509_check_purpose(leaf, X509_PURPOSE_SSL_CLIENT, 0) != 1)
        return "give a certificate that may be used by clients: this one's extensions do not allow "
               "it";
    const auto* const authorities = SSL_get0_peer_CA_list(ssl);
    STACK_OF(X509)* chain = nullptr;
    SSL_get0_chain_certs(ssl, &chain);
    if (sk_X509_NAME_num(authorities) > 0 && !is_issued_by_one_of(authorities, leaf, chain))
        return "give a client certificate of an authority that the server names: " +
               list_of(authorities);
    return "check that the server trusts the authority of the client certificate, and that the "
           "user it stands for may log in; its log says why";
}

} // namespace cocql::io
