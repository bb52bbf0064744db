#pragma once

#include "tinyres/backend/cuda/transfer.hpp"

#include <cstring>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// The transfers that small values come back from the GPU with. They are used again and again; more are made only when
/// more are in use at once than ever before.
class FetchPool {
public:
    static constexpr std::size_t bytes = 64;

    FetchPool() {
        while (all_.size() < at_first) all_.push_back(std::make_unique<Transfer>(bytes));
        for (const auto& transfer : all_) free_.push_back(transfer.get());
    }

    Transfer& take() {
        const std::lock_guard lock(mutex_);
        if (free_.empty()) {
            all_.push_back(std::make_unique<Transfer>(bytes));
            free_.reserve(all_.size());
            return *all_.back();
        }
        Transfer* const transfer = free_.back();
        free_.pop_back();
        return *transfer;
    }
    void give_back(Transfer& transfer) noexcept {
        const std::lock_guard lock(mutex_);
        free_.push_back(&transfer);
    }

private:
    static constexpr std::size_t at_first = 8; // more than a training loop keeps in flight

    std::mutex mutex_;
    std::vector<std::unique_ptr<Transfer>> all_;
    std::vector<Transfer*> free_; // has room for all
};

/// A value on its way from the GPU, as it was when the stream got to Cuda::fetch. Move-only.
template <class V>
class Fetched {
    static_assert(std::is_trivially_copyable_v<V> && sizeof(V) <= FetchPool::bytes);

public:
    Fetched(std::shared_ptr<FetchPool> pool, const V* from, cudaStream_t stream)
        : pool_(std::move(pool)), transfer_(&pool_->take(), GiveBack{pool_.get()}) {
        transfer_->begin_from_device(from, sizeof(V), stream);
    }

    /// Whether it is here, so that `get` need not wait.
    bool ready() const { return transfer_->done(); }

    /// The value; waits for it.
    V get() const {
        transfer_->wait();
        V value;
        std::memcpy(&value, transfer_->data(), sizeof value);
        return value;
    }

private:
    struct GiveBack {
        FetchPool* pool;
        void operator()(Transfer* transfer) const { pool->give_back(*transfer); }
    };
    std::shared_ptr<FetchPool> pool_; // outlives the transfer
    std::unique_ptr<Transfer, GiveBack> transfer_;
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
