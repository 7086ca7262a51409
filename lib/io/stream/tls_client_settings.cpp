#include "io/stream/tls_stream.hpp"

#include <utility>

namespace cocql::io {

result<tls_client_settings> tls_client_settings::prepare(const tls_options& options,
                                                         std::string_view host,
                                                         std::shared_ptr<tls_tickets> node) {
    tls_client_settings settings;
    auto names = name_rules::decide(options, host);
    if (!names)
        return names.error();
    settings.names_ = std::move(*names);
    settings.tickets_ = std::move(node);
    if (options.context() != nullptr) {
        settings.ready_context_ = options.context();
        return settings;
    }
    if (settings.tickets_ != nullptr) {
        settings.context_ = settings.tickets_->context();
        return settings;
    }
    auto context = tls_context::for_client(options);
    if (!context)
        return context.error();
    settings.context_ = std::move(*context);
    return settings;
}

} // namespace cocql::io
