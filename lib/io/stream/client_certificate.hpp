#pragma once

#include <string>

struct ssl_st;

namespace cocql::io {

/// Whose the certificate is that a connection has sent, and who issued it, in one line.
std::string sent_certificate(ssl_st* ssl);

/// What is wrong with it as far as we can see, in a sentence; and otherwise what to look at. Knows
/// the certificate's dates and uses, and the authorities that the server has named.
std::string advice_about_sent_certificate(ssl_st* ssl);

} // namespace cocql::io
