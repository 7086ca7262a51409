#include <cocql/authenticator.hpp>

#include <utility>

namespace cocql {

namespace {

/// RFC 4616: authorization identity (empty), user, password, each but the last followed by NUL.
class plain_conversation final : public authenticator {
  public:
    plain_conversation(const std::string& user, const std::string& secret) {
        token_.reserve(user.size() + secret.size() + 2);
        token_.push_back(std::byte{0});
        append(user);
        token_.push_back(std::byte{0});
        append(secret);
    }

    result<std::vector<std::byte>> initial_response() override { return token_; }

    /// Cassandra's PasswordAuthenticator challenges with "PLAIN-START" when it wants the token
    /// again.
    result<std::vector<std::byte>> answer(std::span<const std::byte>) override { return token_; }

    result<void> succeeded(std::span<const std::byte>) override { return {}; }

  private:
    void append(const std::string& text) {
        for (const char c : text)
            token_.push_back(static_cast<std::byte>(c));
    }

    std::vector<std::byte> token_;
};

class plain_provider final : public authenticator_provider {
  public:
    plain_provider(std::string user, std::string secret)
        : user_(std::move(user)), secret_(std::move(secret)) {}

    result<std::unique_ptr<authenticator>> make(std::string_view) const override {
        if (user_.find('\0') != user_.npos || secret_.find('\0') != secret_.npos)
            return error(errc::invalid_argument,
                         "a user name or password with a NUL cannot be sent");
        return std::unique_ptr<authenticator>(std::make_unique<plain_conversation>(user_, secret_));
    }

  private:
    std::string user_;
    std::string secret_;
};

} // namespace

std::shared_ptr<const authenticator_provider> plain_authenticator(std::string user,
                                                                  std::string secret) {
    return std::make_shared<plain_provider>(std::move(user), std::move(secret));
}

} // namespace cocql
