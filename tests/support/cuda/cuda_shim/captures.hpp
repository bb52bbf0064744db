#pragma once

#include <map>
#include <mutex>
#include <thread>

enum cudaStreamCaptureMode {
    cudaStreamCaptureModeGlobal = 0,
    cudaStreamCaptureModeThreadLocal = 1,
    cudaStreamCaptureModeRelaxed = 2,
};

struct CUstream_st;

namespace cuda_shim {

/// The streams that are being captured, and what a capture forbids meanwhile. A forbidden call breaks all captures that
/// forbid it: nothing can be added to them, and their end gives an error instead of a graph. Safe to use from several
/// threads.
class Captures {
public:
    /// `blocking`: whether the default stream and this one wait for each other.
    void begin(const CUstream_st* stream, cudaStreamCaptureMode mode, bool blocking) {
        const std::lock_guard lock(mutex_);
        captures_[stream] = {mode, std::this_thread::get_id(), blocking, false};
    }

    /// Whether this thread may end it: the one that began it, unless it is relaxed.
    bool may_end(const CUstream_st* stream) const {
        const std::lock_guard lock(mutex_);
        const auto found = captures_.find(stream);
        return found == captures_.end() || found->second.mode == cudaStreamCaptureModeRelaxed || mine(found->second);
    }

    /// Whether it was whole.
    bool end(const CUstream_st* stream) {
        const std::lock_guard lock(mutex_);
        const auto found = captures_.find(stream);
        const bool whole = found != captures_.end() && !found->second.broken;
        if (found != captures_.end()) captures_.erase(found);
        return whole;
    }

    bool broken(const CUstream_st* stream) const {
        const std::lock_guard lock(mutex_);
        const auto found = captures_.find(stream);
        return found != captures_.end() && found->second.broken;
    }

    /// For waiting for this stream, which no mode allows.
    void break_one(const CUstream_st* stream) {
        const std::lock_guard lock(mutex_);
        const auto found = captures_.find(stream);
        if (found != captures_.end()) found->second.broken = true;
    }

    /// For calls that a graph would not hold or that wait: a capture forbids them to its own thread unless it is
    /// relaxed, and to all threads if it is global. CUDA's manual calls them unsafe and names a few; here they are all
    /// that allocate, free, copy or fill at once, or ask or wait for a stream or an event.
    bool forbid_unsafe() {
        return break_all([](const Capture& capture) {
            return capture.mode == cudaStreamCaptureModeGlobal ||
                   (capture.mode == cudaStreamCaptureModeThreadLocal && mine(capture));
        });
    }
    /// For waiting for the whole device.
    bool forbid_device() {
        return break_all([](const Capture&) { return true; });
    }
    /// For any use of the default stream, which waits for blocking streams.
    bool forbid_default_stream() {
        return break_all([](const Capture& capture) { return capture.blocking; });
    }

private:
    struct Capture {
        cudaStreamCaptureMode mode;
        std::thread::id thread;
        bool blocking;
        bool broken;
    };

    static bool mine(const Capture& capture) { return capture.thread == std::this_thread::get_id(); }

    /// Whether there were such.
    template <class Which>
    bool break_all(Which which) {
        const std::lock_guard lock(mutex_);
        bool found = false;
        for (auto& [stream, capture] : captures_) {
            if (!which(capture)) continue;
            capture.broken = true;
            found = true;
        }
        return found;
    }

    mutable std::mutex mutex_;
    std::map<const CUstream_st*, Capture> captures_;
};
inline Captures captures;

} // namespace cuda_shim
