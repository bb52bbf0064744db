#pragma once

#include "function_name.hpp"
#include "guarded_memory.hpp"
#include "settings.hpp"
#include "thread.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <exception>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace cuda_shim {

/// A kernel with its arguments, to be run by all threads of a grid.
struct Launch {
    const void* kernel;
    dim3 grid;
    dim3 block;
    std::size_t shared_bytes = 0;
    std::function<void()> run_thread;

    std::string name() const { return name_of_function(kernel); }
};

inline std::string text(uint3 index) {
    return "(" + std::to_string(index.x) + ", " + std::to_string(index.y) + ", " + std::to_string(index.z) + ")";
}

/// Runs the threads of a block as fibers, each until it ends or waits for others. One object runs many blocks of a
/// launch, one after the other.
class Block {
public:
    explicit Block(const Launch& launch)
        : launch_(launch),
          shared_(launch.shared_bytes, 128),
          threads_(launch.block.x * launch.block.y * launch.block.z),
          warps_((threads_.size() + warp_lanes - 1) / warp_lanes) {
        for (unsigned i = 0; i < threads_.size(); ++i) {
            const dim3 size = launch.block;
            threads_[i].index = i;
            threads_[i].fiber = &pooled_fiber(i);
            threads_[i].position = {i % size.x, i / size.x % size.y, i / size.x / size.y};
        }
    }

    /// Throws the first Fault of a thread, after all threads have ended.
    void run(uint3 index) {
        begin(index);
        while (error_ == nullptr) {
            run_until_all_wait();
            if (error_ != nullptr || std::all_of(threads_.begin(), threads_.end(), [](auto& t) { return t.finished; }))
                break;
            pass_barrier();
        }
        if (error_ == nullptr) check_shared_memory("at its end");
        if (error_ == nullptr) return;
        canceled_ = true;
        for (Thread& thread : threads_)
            if (!thread.finished) resume(thread);
        std::rethrow_exception(std::exchange(error_, nullptr));
    }

    /// The block whose thread runs now; a Fault on the host.
    static Block& current() {
        if (current_ == nullptr) throw Fault("a function for kernels was called outside of a kernel");
        return *current_;
    }
    Thread& thread() { return *thread_; }
    const GuardedMemory& shared() const { return shared_; }

    /// Throws a Fault of the thread that runs.
    [[noreturn]] void fail(const std::string& what) const { throw Fault(name_of(*thread_) + ": " + what); }

    void wait_at_barrier(Site site) { wait({"__syncthreads", site, nullptr, 0}); }

    /// Has the lanes in `mask` wait for each other; the last to come does `operation` for all.
    void meet(const char* name, WarpOperation operation, unsigned mask, void* operands, Site site) {
        Warp& warp = warps_[thread_->warp()];
        const unsigned lane = thread_->lane();
        if ((mask >> lane & 1u) == 0) fail(std::string("the mask of ") + name + " leaves out its own lane");
        thread_->wait = {name, site, operation, mask};
        warp.operands[lane] = operands;
        warp.waiting |= 1u << lane;
        if ((warp.waiting & mask) != mask) return wait(thread_->wait);
        for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
            const Thread& other = threads_[thread_->index - lane + static_cast<unsigned>(std::countr_zero(rest))];
            if (!same(other.wait, thread_->wait))
                fail("its warp diverges: it waits in " + text(thread_->wait) + ", thread " + text(other.position) +
                     " waits in " + text(other.wait));
        }
        operation(warp.operands.data(), mask);
        warp.waiting &= ~mask;
        warp.ready |= mask & ~(1u << lane);
        thread_->wait = {};
    }

private:
    /// Thrown where a thread waits, to end it.
    struct Canceled {};

    struct Warp {
        unsigned ready = 0;   ///< lanes that can go on
        unsigned waiting = 0; ///< lanes that wait in an operation of the warp
        std::array<void*, warp_lanes> operands{};
    };

    void begin(uint3 index) {
        index_ = index;
        canceled_ = false;
        shared_.forget();
        random_.seed(settings.seed + index.x + 1009 * index.y + 1000003 * index.z);
        for (Warp& warp : warps_) warp = {};
        for (Thread& thread : threads_) {
            thread.finished = false;
            thread.wait = {};
            thread.copies.clear();
            thread.copy_groups.clear();
            thread.fiber->start([this, &thread] { run_thread(thread); });
            warps_[thread.warp()].ready |= 1u << thread.lane();
        }
    }

    void run_thread(Thread& thread) noexcept {
        try {
            if (!canceled_) launch_.run_thread();
        } catch (const Canceled&) {
        } catch (...) {
            if (error_ == nullptr) error_ = std::current_exception();
        }
        thread.finished = true;
        thread.wait = {};
    }

    void resume(Thread& thread) {
        current_ = this;
        thread_ = &thread;
        threadIdx = thread.position;
        blockIdx = index_;
        blockDim = launch_.block;
        gridDim = launch_.grid;
        thread.fiber->resume();
        current_ = nullptr;
    }

    void wait(const Wait& what) {
        Thread& thread = *thread_;
        thread.wait = what;
        thread.fiber->suspend();
        if (canceled_) throw Canceled{};
        thread.wait = {};
    }

    void run_until_all_wait() {
        while (Warp* const warp = next_warp()) {
            std::array<unsigned, warp_lanes> lanes{};
            std::size_t count = 0;
            for (unsigned rest = std::exchange(warp->ready, 0); rest != 0; rest &= rest - 1)
                lanes[count++] = static_cast<unsigned>(std::countr_zero(rest));
            const auto end = lanes.begin() + static_cast<std::ptrdiff_t>(count);
            if (settings.order == Order::descending) std::reverse(lanes.begin(), end);
            if (settings.order == Order::shuffled) std::shuffle(lanes.begin(), end, random_);
            const auto first = static_cast<std::size_t>(warp - warps_.data()) * warp_lanes;
            for (auto lane = lanes.begin(); lane != end && error_ == nullptr; ++lane) resume(threads_[first + *lane]);
            if (error_ != nullptr) return;
        }
    }

    /// A warp with lanes that can go on, or null.
    Warp* next_warp() {
        const auto is_ready = [](const Warp& warp) { return warp.ready != 0; };
        const auto count = static_cast<std::ptrdiff_t>(warps_.size());
        std::ptrdiff_t begin = 0;
        if (settings.order == Order::descending) {
            const auto found = std::find_if(warps_.rbegin(), warps_.rend(), is_ready);
            return found == warps_.rend() ? nullptr : &*found;
        }
        if (settings.order == Order::shuffled) begin = static_cast<std::ptrdiff_t>(random_() % warps_.size());
        auto found = std::find_if(warps_.begin() + begin, warps_.end(), is_ready);
        if (found == warps_.end())
            found = std::find_if(warps_.begin(), warps_.begin() + std::min(begin, count), is_ready);
        return found != warps_.end() && is_ready(*found) ? &*found : nullptr;
    }

    /// When nobody can go on: lets all go on from the barrier at which they wait, or says who waits in vain.
    void pass_barrier() {
        const Thread* waits =
            nullptr; // one that waits for its warp before one at a barrier: it is nearer to the mistake
        for (const Thread& thread : threads_)
            if (waits == nullptr && thread.wait.operation != nullptr) waits = &thread;
        if (waits != nullptr) return report_missing_lane(*waits);
        for (const Thread& thread : threads_)
            if (waits == nullptr && !thread.finished) waits = &thread;
        for (const Thread& thread : threads_)
            if (thread.finished || !(thread.wait.site == waits->wait.site)) return report(*waits, state_of(thread));
        check_shared_memory("before " + text(waits->wait));
        for (const Thread& thread : threads_) warps_[thread.warp()].ready |= 1u << thread.lane();
    }

    void report_missing_lane(const Thread& waits) {
        for (unsigned rest = waits.wait.mask; rest != 0; rest &= rest - 1) {
            const unsigned index = waits.warp() * warp_lanes + static_cast<unsigned>(std::countr_zero(rest));
            if (index >= threads_.size())
                return report(waits, "there is no thread " + std::to_string(index) + " in the block");
            if (!same(threads_[index].wait, waits.wait)) return report(waits, state_of(threads_[index]));
        }
    }

    void report(const Thread& thread, const std::string& why) {
        error_ =
            std::make_exception_ptr(Fault(name_of(thread) + ": waits in vain in " + text(thread.wait) + ": " + why));
    }

    void check_shared_memory(const std::string& when) {
        const std::string damage = shared_.damage();
        if (damage.empty()) return;
        shared_.repair();
        error_ =
            std::make_exception_ptr(Fault(name() + ": found " + when + ": somebody wrote to shared memory " + damage));
    }

    std::string name() const { return launch_.name() + ", block " + text(index_); }
    std::string name_of(const Thread& thread) const { return name() + ", thread " + text(thread.position); }
    static std::string state_of(const Thread& thread) {
        return "thread " + text(thread.position) + (thread.finished ? " has ended" : " waits in " + text(thread.wait));
    }
    static std::string text(const Wait& wait) { return wait.name + (" (" + cuda_shim::text(wait.site)) + ")"; }
    static std::string text(uint3 index) { return cuda_shim::text(index); }

    static inline thread_local Block* current_ = nullptr;

    const Launch& launch_;
    uint3 index_{};
    GuardedMemory shared_;
    std::vector<Thread> threads_;
    std::vector<Warp> warps_;
    std::minstd_rand random_;
    Thread* thread_ = nullptr;
    bool canceled_ = false;
    std::exception_ptr error_;
};

} // namespace cuda_shim
