#pragma once

#include "captures.hpp"
#include "settings.hpp"

#include <atomic>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace cuda_shim {

/// A kernel, a copy or a filling, ready to be done.
using Work = std::function<void()>;
using WorkList = std::vector<Work>;

/// How often the host waited for the device, or might have had to: for a stream, an event, the whole device, or in a
/// copy of memory that is not pinned.
inline std::atomic<int> host_waits = 0;

/// Where an event stands: how often it was put into a stream, and how often a stream got to it.
struct EventState {
    unsigned recorded = 0;
    std::atomic<unsigned> reached = 0;

    bool done() const { return reached == recorded; }
};

} // namespace cuda_shim

struct CUgraph_st {
    cuda_shim::WorkList works;
};

struct CUgraphExec_st {
    std::shared_ptr<const cuda_shim::WorkList> works;
};

struct CUstream_st;

struct CUevent_st {
    std::shared_ptr<cuda_shim::EventState> state = std::make_shared<cuda_shim::EventState>();
    CUstream_st* stream = nullptr; ///< into which it was put last
    bool captured = false;         ///< whether that was being captured
};

/// Work in the order in which it was given.
struct CUstream_st {
    cuda_shim::WorkList pending; ///< with lazy streams
    std::unique_ptr<CUgraph_st> capture;
    bool blocking = false; ///< what cudaStreamNonBlocking is not; it matters for captures only

    bool capturing() const { return capture != nullptr; }

    /// Does it, or puts it off, or records it.
    void add(cuda_shim::Work work) {
        if (capturing())
            capture->works.push_back(std::move(work));
        else if (cuda_shim::settings.lazy_streams)
            pending.push_back(std::move(work));
        else
            work();
    }

    /// Does what was put off.
    void finish() {
        const cuda_shim::WorkList works = std::exchange(pending, {});
        for (const cuda_shim::Work& work : works) work();
    }

    /// Does what was put off, up to this event.
    void finish_until(const cuda_shim::EventState& event) {
        cuda_shim::WorkList works = std::exchange(pending, {});
        auto next = works.begin();
        while (next != works.end() && !event.done()) (*next++)();
        pending.assign(std::make_move_iterator(next), std::make_move_iterator(works.end()));
    }
};

namespace cuda_shim {

/// All streams there are.
class Streams {
public:
    CUstream_st* make(bool blocking) {
        const std::lock_guard lock(mutex_);
        CUstream_st* const stream = streams_.emplace(std::make_unique<CUstream_st>()).first->get();
        stream->blocking = blocking;
        return stream;
    }

    /// Whether there was such a stream.
    bool destroy(CUstream_st* stream) {
        const std::lock_guard lock(mutex_);
        const auto found = streams_.find(stream);
        if (found == streams_.end()) return false;
        streams_.erase(found);
        return true;
    }

    /// The stream with this handle; null if there is none.
    CUstream_st* find(CUstream_st* handle) {
        const std::lock_guard lock(mutex_);
        if (handle == nullptr) return &default_;
        return streams_.contains(handle) ? handle : nullptr;
    }

    /// Calls `action` with each.
    template <class Action>
    void each(Action action) {
        const std::lock_guard lock(mutex_);
        action(default_);
        for (const auto& stream : streams_) action(*stream);
    }

private:
    struct Less {
        using is_transparent = void;
        static const CUstream_st* pointer(const std::unique_ptr<CUstream_st>& stream) { return stream.get(); }
        static const CUstream_st* pointer(const CUstream_st* stream) { return stream; }
        bool operator()(const auto& a, const auto& b) const { return std::less<>{}(pointer(a), pointer(b)); }
    };

    std::mutex mutex_;
    CUstream_st default_; // handle null
    std::set<std::unique_ptr<CUstream_st>, Less> streams_;
};
inline Streams streams;

} // namespace cuda_shim
