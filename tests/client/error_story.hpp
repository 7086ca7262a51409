#pragma once

#include <cocql/error.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace cocql::tests {

/// What an error's text must tell, whatever else is in it.
class story {
  public:
    /// `words`: what failed, the phase or the opcode, the cause beneath.
    story(errc code, request_outcome outcome, std::vector<std::string> words)
        : code_(code), outcome_(outcome), words_(std::move(words)) {
        if (outcome == request_outcome::not_sent)
            words_.push_back("; the request was not sent");
        if (outcome == request_outcome::maybe_executed)
            words_.push_back("; the request may have been executed");
        if (outcome == request_outcome::answered)
            words_.push_back("; the server answered");
    }
    story(errc code, std::vector<std::string> words)
        : story(code, request_outcome::not_a_request, std::move(words)) {}

    void is_told_by(const error& failure, const std::string& endpoint) const {
        const std::string text = failure.what();
        INFO(text);
        CHECK(failure.is(code_));
        CHECK(failure.outcome() == outcome_);
        const auto place = failure.operation().empty()
                               ? endpoint + ": "
                               : std::string(failure.operation()) + " to " + endpoint + ": ";
        CHECK(text.find(place) == 0);
        CHECK(failure.endpoint() == endpoint);
        for (const auto& word : words_)
            CHECK_MESSAGE(text.find(word) != std::string::npos, word);
        if (outcome_ == request_outcome::not_a_request) {
            CHECK(failure.phase().has_value());
            CHECK(text.find("resolve 0.") != std::string::npos); // what each phase took
        } else {
            CHECK(!failure.operation().empty());
        }
    }

  private:
    errc code_;
    request_outcome outcome_;
    std::vector<std::string> words_;
};

} // namespace cocql::tests
