#pragma once

#include <openssl/bio.h>

#include <memory>

namespace cocql::io {

struct bio_delete {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using bio_pointer = std::unique_ptr<BIO, bio_delete>;

} // namespace cocql::io
