#include <cocql/prepared_statement.hpp>

#include <mutex>

namespace cocql {

namespace {

bool same_rows(const prepared_statement::parts& one, const prepared_statement::parts& other) {
    return one.result_metadata_id == other.result_metadata_id &&
           one.result_description == other.result_description &&
           one.result_description_is_global == other.result_description_is_global &&
           one.usual.version == other.usual.version &&
           one.usual.metadata_ids == other.usual.metadata_ids;
}

} // namespace

/// Lives as long as the first, and so as long as anybody has one of them: they share its count.
class prepared_statement::successors {
  public:
    explicit successors(parts content) : first_(std::move(content)) { first_.successors_ = this; }

    const parts& first() const noexcept { return first_; }

    const parts* add(parts renewed) {
        const std::lock_guard lock(mutex_);
        const auto* const found = same_as(renewed);
        if (found == nullptr && later_.size() >= most)
            return nullptr;
        const auto* const now = found != nullptr ? found : keep(std::move(renewed));
        first_.latest_.set(now);
        for (const auto& each : later_)
            each->latest_.set(now);
        return now;
    }

  private:
    /// A table is not altered so often while one program runs.
    static constexpr std::size_t most = 100;

    /// Nodes that do not agree on the schema yet say one thing and the other in turns.
    const parts* same_as(const parts& renewed) const {
        if (same_rows(first_, renewed))
            return &first_;
        for (const auto& each : later_)
            if (same_rows(*each, renewed))
                return each.get();
        return nullptr;
    }
    const parts* keep(parts renewed) {
        renewed.successors_ = this;
        later_.push_back(std::make_unique<const parts>(std::move(renewed)));
        return later_.back().get();
    }

    parts first_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<const parts>> later_;
};

prepared_statement::prepared_statement(parts content) {
    const auto all = std::make_shared<successors>(std::move(content));
    parts_ = std::shared_ptr<const parts>(all, &all->first());
}

std::shared_ptr<const prepared_statement::parts>
prepared_statement::renew(const std::shared_ptr<const parts>& known, parts renewed) {
    const auto* const now = known->successors_->add(std::move(renewed));
    return now != nullptr ? std::shared_ptr<const parts>(known, now) : known;
}

const prepared_statement::parts& prepared_statement::nothing() noexcept {
    static const parts none;
    return none;
}

} // namespace cocql
