#include "io/stream/tls_stream.hpp"

#include <utility>

namespace cocql::io {

result<tls_client_settings> tls_client_settings::prepare(const tls_options& options,
                                                         std::string_view host,
                                                         const tls_context* shared) {
    tls_client_settings settings;
    auto names = name_rules::decide(options, host);
    if (!names)
        return names.error();
    settings.names_ = std::move(*names);
    if (options.context() != nullptr) {
        settings.ready_context_ = options.context();
        return settings;
    }
    if (shared != nullptr) {
        settings.context_ = *shared;
        return settings;
    }
    auto context = tls_context::for_client(options);
    if (!context)
        return context.error();
    settings.context_ = std::move(*context);
    return settings;
}

} // namespace cocql::io
