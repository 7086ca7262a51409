#include <cocql/error.hpp>

#include <utility>

namespace cocql {

/// Written only while exactly one error refers to it; `text` is composed anew after each change, so
/// that what() never allocates.
struct error::data {
    errc code = errc::ok;
    std::string message;
    std::string endpoint;
    std::string operation;
    std::optional<cocql::phase> phase;
    phase_times times;
    std::optional<error> cause;
    boost::system::error_code system_code;
    std::optional<int> tls_alert;
    std::optional<long> x509_code;
    std::optional<server_error> server;
    request_outcome outcome = request_outcome::not_a_request;
    std::vector<error> attempts;
    std::string advice;
    std::string text;

    void compose();
    void tell_story(std::string& out) const;
    void tell_outcome(std::string& out) const;
    /// The nearest along the chain of causes, as error::advice() gives it.
    std::string_view nearest_advice() const noexcept;
};

namespace {

std::string_view outcome_text(request_outcome outcome) noexcept {
    switch (outcome) {
    case request_outcome::not_sent:
        return "the request was not sent";
    case request_outcome::maybe_executed:
        return "the request may have been executed";
    case request_outcome::answered:
        return "the server answered";
    case request_outcome::not_a_request:
        break;
    }
    return {};
}

/// Whether a text has a phase's name as a word of its own; `auth` in a class name is none.
bool mentions(std::string_view text, std::string_view phase) noexcept {
    for (auto at = text.find(phase); at != text.npos; at = text.find(phase, at + 1)) {
        const auto end = at + phase.size();
        if ((at == 0 || text[at - 1] == ' ') && (end == text.size() || text[end] == ' '))
            return true;
    }
    return false;
}

} // namespace

/// What may have become of the request is told by this error alone: a cause may be about another
/// request, a heartbeat's for example. What to do is told once, at the end.
void error::data::compose() {
    text.clear();
    tell_story(text);
    tell_outcome(text);
    if (const auto advice_words = nearest_advice(); !advice_words.empty())
        text.append("; ").append(advice_words);
}

void error::data::tell_story(std::string& out) const {
    if (!operation.empty())
        out += operation + (endpoint.empty() ? ": " : " ");
    if (!endpoint.empty())
        out += (operation.empty() ? "" : "to ") + endpoint + ": ";
    out += message;
    const bool names_phase = phase && !mentions(message, to_string(*phase));
    if (names_phase || !times.empty()) {
        out += " (";
        if (names_phase)
            out.append("in ").append(to_string(*phase)).append(times.empty() ? "" : "; ");
        out += to_string(times) + ")";
    }
    // One that stands for those that were tried is told among them.
    const bool told_below = cause && !attempts.empty() && cause->data_ == attempts.front().data_;
    if (cause && !told_below) {
        out += ": ";
        if (cause->data_)
            cause->data_->tell_story(out);
        else
            out += cause->what();
    }
    for (std::size_t i = 0; i < attempts.size(); ++i) {
        out += i == 0 ? "; tried " : "; ";
        if (const auto& tried = attempts[i].data_) {
            tried->tell_story(out);
            if (outcome == request_outcome::not_a_request)
                tried->tell_outcome(out);
            const auto own_advice = tried->nearest_advice();
            if (!own_advice.empty() && own_advice != nearest_advice())
                out.append("; ").append(own_advice);
        }
    }
}

void error::data::tell_outcome(std::string& out) const {
    // That the server answered is said of requests only, not of what an ERROR to opening is made
    // of.
    const auto words = outcome_text(outcome);
    if (!words.empty() && (outcome != request_outcome::answered || !operation.empty()))
        out.append("; ").append(words);
}

std::string_view error::data::nearest_advice() const noexcept {
    return !advice.empty() || !cause ? std::string_view(advice) : cause->advice();
}

error::error(errc code, std::string message) : data_(std::make_shared<data>()) {
    data_->code = code;
    data_->message = std::move(message);
    data_->compose();
}

error::error(const error& other) noexcept = default;
error::~error() = default;

error::data& error::own() {
    if (!data_)
        data_ = std::make_shared<data>();
    else if (data_.use_count() > 1)
        data_ = std::make_shared<data>(*data_);
    return *data_;
}

errc error::code() const noexcept {
    return data_ ? data_->code : errc::ok;
}

const char* error::what() const noexcept {
    return data_ ? data_->text.c_str() : "no error";
}

std::string_view error::message() const noexcept {
    return data_ ? std::string_view(data_->message) : std::string_view();
}

std::string_view error::endpoint() const noexcept {
    return data_ ? std::string_view(data_->endpoint) : std::string_view();
}

std::string_view error::operation() const noexcept {
    return data_ ? std::string_view(data_->operation) : std::string_view();
}

std::optional<phase> error::phase() const noexcept {
    for (auto* at = this; at != nullptr; at = at->cause())
        if (at->data_ && at->data_->phase)
            return at->data_->phase;
    return std::nullopt;
}

const phase_times& error::times() const noexcept {
    static const phase_times none;
    for (auto* at = this; at != nullptr; at = at->cause())
        if (at->data_ && !at->data_->times.empty())
            return at->data_->times;
    return none;
}

const error* error::cause() const noexcept {
    return data_ && data_->cause ? &*data_->cause : nullptr;
}

boost::system::error_code error::system_code() const noexcept {
    for (auto* at = this; at != nullptr; at = at->cause())
        if (at->data_ && at->data_->system_code)
            return at->data_->system_code;
    return {};
}

std::optional<int> error::tls_alert() const noexcept {
    for (auto* at = this; at != nullptr; at = at->cause())
        if (at->data_ && at->data_->tls_alert)
            return at->data_->tls_alert;
    return std::nullopt;
}

std::optional<long> error::x509_code() const noexcept {
    for (auto* at = this; at != nullptr; at = at->cause())
        if (at->data_ && at->data_->x509_code)
            return at->data_->x509_code;
    return std::nullopt;
}

const server_error* error::server() const noexcept {
    for (auto* at = this; at != nullptr; at = at->cause())
        if (at->data_ && at->data_->server)
            return &*at->data_->server;
    return nullptr;
}

request_outcome error::outcome() const noexcept {
    return data_ ? data_->outcome : request_outcome::not_a_request;
}

const std::vector<error>& error::attempts() const noexcept {
    static const std::vector<error> none;
    return data_ ? data_->attempts : none;
}

std::string_view error::advice() const noexcept {
    return data_ ? data_->nearest_advice() : std::string_view();
}

error& error::at(std::string endpoint) {
    auto& mine = own();
    mine.endpoint = std::move(endpoint);
    mine.compose();
    return *this;
}

error& error::in(cocql::phase phase) {
    auto& mine = own();
    mine.phase = phase;
    mine.compose();
    return *this;
}

error& error::in(cocql::phase phase, phase_times times) {
    auto& mine = own();
    mine.phase = phase;
    mine.times = std::move(times);
    mine.compose();
    return *this;
}

error& error::during(std::string_view operation) {
    auto& mine = own();
    mine.operation = operation;
    mine.compose();
    return *this;
}

error& error::because(error cause) {
    auto& mine = own();
    mine.cause = std::move(cause);
    mine.compose();
    return *this;
}

error& error::with(boost::system::error_code code) {
    auto& mine = own();
    mine.system_code = code;
    return *this;
}

error& error::with_tls_alert(int alert) {
    own().tls_alert = alert;
    return *this;
}

error& error::with_x509(long code) {
    own().x509_code = code;
    return *this;
}

error& error::with(server_error server) {
    own().server = std::move(server);
    return *this;
}

error& error::with(request_outcome outcome) {
    auto& mine = own();
    mine.outcome = outcome;
    mine.compose();
    return *this;
}

error& error::with_attempts(std::vector<error> attempts) {
    auto& mine = own();
    mine.attempts = std::move(attempts);
    mine.compose();
    return *this;
}

error& error::with_advice(std::string advice) {
    auto& mine = own();
    mine.advice = std::move(advice);
    mine.compose();
    return *this;
}

bool error::has(errc code) const noexcept {
    for (auto* at = this; at != nullptr; at = at->cause())
        if (at->code() == code)
            return true;
    return false;
}

std::string_view to_string(errc code) noexcept {
    switch (code) {
    case errc::ok:
        return "ok";
    case errc::invalid_argument:
        return "invalid_argument";
    case errc::bad_configuration:
        return "bad_configuration";
    case errc::resolve_failed:
        return "resolve_failed";
    case errc::connect_failed:
        return "connect_failed";
    case errc::tls_failed:
        return "tls_failed";
    case errc::certificate_rejected:
        return "certificate_rejected";
    case errc::client_certificate_required:
        return "client_certificate_required";
    case errc::client_certificate_refused:
        return "client_certificate_refused";
    case errc::tls_required:
        return "tls_required";
    case errc::timed_out:
        return "timed_out";
    case errc::cancelled:
        return "cancelled";
    case errc::authentication_failed:
        return "authentication_failed";
    case errc::authentication_required:
        return "authentication_required";
    case errc::unsupported_protocol_version:
        return "unsupported_protocol_version";
    case errc::unsupported_compression:
        return "unsupported_compression";
    case errc::connection_closed:
        return "connection_closed";
    case errc::connection_lost:
        return "connection_lost";
    case errc::connection_busy:
        return "connection_busy";
    case errc::connection_draining:
        return "connection_draining";
    case errc::heartbeat_failed:
        return "heartbeat_failed";
    case errc::no_host_available:
        return "no_host_available";
    case errc::protocol_error:
        return "protocol_error";
    case errc::server_error:
        return "server_error";
    case errc::wrong_host:
        return "wrong_host";
    case errc::decode_failed:
        return "decode_failed";
    case errc::not_found:
        return "not_found";
    case errc::type_mismatch:
        return "type_mismatch";
    case errc::io_failed:
        return "io_failed";
    }
    return "unknown";
}

void throw_exception_from_error(const error& failure, const boost::source_location&) {
    throw failure;
}

} // namespace cocql
