#pragma once

#include <cocql/endpoint.hpp>

#include <string>
#include <utility>

namespace cocql::client {

/// A way in to the cluster that a control connection may try: an address, or a name that is still
/// to be looked up.
class candidate {
  public:
    /// `is_given`: it is a contact point, which is used as it is; otherwise a node says of itself
    /// that it is there.
    explicit candidate(endpoint where, bool is_given = true)
        : where_(std::move(where)), is_given_(is_given) {}
    /// An address of the contact point that has this name.
    candidate(std::string name, endpoint where)
        : where_(std::move(where)), name_(std::move(name)), is_given_(true) {}

    /// An IP literal, a UNIX socket, or the name that is to be looked up.
    const endpoint& where() const noexcept { return where_; }
    /// That has led to the address; empty: none, or none yet.
    const std::string& name() const noexcept { return name_; }
    bool is_given() const noexcept { return is_given_; }
    bool is_to_be_looked_up() const;
    /// The contact point itself, where it is one.
    endpoint given() const { return name_.empty() ? where_ : endpoint(name_, where_.port()); }
    /// Whether both are one address, however that is spelled.
    bool is_at(const endpoint& address) const;
    /// `db.example:9042 (127.0.0.1)` where a name has led there.
    std::string to_string() const;

    friend bool operator==(const candidate&, const candidate&) = default;

  private:
    endpoint where_;
    std::string name_;
    bool is_given_;
};

} // namespace cocql::client
