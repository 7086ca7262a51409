#pragma once

#include <cocql/cocql.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

/// What tools/cluster's environment says of the server to test against.
namespace live {

inline std::string variable(const char* name) {
    const char* text = std::getenv(name);
    if (text == nullptr || *text == 0)
        throw std::runtime_error(std::string(name) + " is not set (see tools/cluster)");
    return text;
}

inline std::string first(const std::string& list) {
    return list.substr(0, list.find(','));
}

inline std::uint16_t port(const char* name) {
    return static_cast<std::uint16_t>(std::stoi(variable(name)));
}

inline cocql::endpoint plain() {
    return {first(variable("COCQL_CONTACT_POINTS")), port("COCQL_PORT")};
}
inline cocql::endpoint tls() {
    return {first(variable("COCQL_CONTACT_POINTS")), port("COCQL_TLS_PORT")};
}
/// The node that demands client certificates.
inline cocql::endpoint mtls() {
    return {first(variable("COCQL_MTLS_CONTACT_POINTS")), port("COCQL_MTLS_PORT")};
}
inline std::string certificate(const std::string& file) {
    return variable("COCQL_CERTIFICATES") + "/" + file;
}

inline cocql::connection_options login() {
    cocql::connection_options options;
    options.login(variable("COCQL_USERNAME"), variable("COCQL_PASSWORD"));
    // Nothing is measured here: on a machine that is busy with something else all takes its time.
    options.connect_timeout(std::chrono::minutes(1)).request_timeout(std::chrono::minutes(2));
    return options;
}

inline cocql::connection_options login(cocql::tls_options tls) {
    auto options = login();
    options.tls(std::move(tls));
    return options;
}

inline cocql::connection_options login_over(bool with_tls) {
    return with_tls ? login(cocql::tls_options().ca_file(variable("COCQL_CA"))) : login();
}

/// Runs a coroutine to its end and passes on what it throws.
template <class T>
T run(boost::asio::awaitable<T> work) {
    boost::asio::io_context context(1);
    std::exception_ptr failure;
    if constexpr (std::is_void_v<T>) {
        boost::asio::co_spawn(context, std::move(work),
                              [&](std::exception_ptr thrown) { failure = thrown; });
        context.run();
        if (failure)
            std::rethrow_exception(failure);
    } else {
        T outcome{};
        boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr thrown, T value) {
            failure = thrown;
            outcome = std::move(value);
        });
        context.run();
        if (failure)
            std::rethrow_exception(failure);
        return outcome;
    }
}

} // namespace live
