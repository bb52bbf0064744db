#pragma once

#include "block.hpp"
#include "fault.hpp"
#include "guarded_memory.hpp"
#include "settings.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace cuda_shim {

/// What was allocated in the GPU's memory, in the computer's memory for the GPU (pinned), or for both (managed). Safe
/// to use from several threads.
class Memory {
public:
    enum class Place { device, pinned, managed };

    /// Null if there is not enough left.
    void* allocate(std::size_t bytes, Place place) {
        const std::lock_guard lock(mutex_);
        const bool on_device = place == Place::device;
        if (on_device && (bytes > settings.memory || device_bytes_ > settings.memory - bytes)) return nullptr;
        auto memory = std::make_unique<GuardedMemory>(bytes, 256);
        void* const begin = memory->data();
        blocks_.emplace(address(begin), Allocation{std::move(memory), place});
        if (on_device) device_bytes_ += bytes;
        return begin;
    }

    /// Whether there was such an allocation.
    bool free(void* begin, Place place) {
        const std::lock_guard lock(mutex_);
        const auto found = blocks_.find(address(begin));
        if (found == blocks_.end() || found->second.place != place) return false;
        if (place == Place::device) device_bytes_ -= found->second.memory->size();
        blocks_.erase(found);
        return true;
    }

    /// Whether all `bytes` from `begin` lie in one allocation at this place.
    bool holds(const void* begin, std::size_t bytes, Place place) const {
        const std::lock_guard lock(mutex_);
        const Allocation* const found = find(begin);
        return found != nullptr && found->place == place && found->memory->holds(begin, bytes);
    }

    /// Whether `begin` lies in an allocation or at its end, wherever that is.
    bool knows(const void* begin) const {
        const std::lock_guard lock(mutex_);
        const Allocation* const found = find(begin);
        return found != nullptr && found->memory->holds(begin, 0);
    }

    /// Throws a Fault if somebody wrote beside an allocation; after `launch`.
    void check(const Launch& launch) {
        const std::lock_guard lock(mutex_);
        for (auto& [begin, allocation] : blocks_) {
            const std::string damage = allocation.memory->damage();
            if (damage.empty()) continue;
            allocation.memory->repair();
            throw Fault(launch.name() + ": wrote to an allocation of " + std::to_string(allocation.memory->size()) +
                        " bytes " + damage);
        }
    }

    std::size_t device_bytes() const {
        const std::lock_guard lock(mutex_);
        return device_bytes_;
    }

private:
    struct Allocation {
        std::unique_ptr<GuardedMemory> memory;
        Place place;
    };

    static std::uintptr_t address(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

    /// The last allocation that begins at or before `pointer`, or null.
    const Allocation* find(const void* pointer) const {
        const auto behind = blocks_.upper_bound(address(pointer));
        return behind == blocks_.begin() ? nullptr : &std::prev(behind)->second;
    }

    mutable std::mutex mutex_;
    std::map<std::uintptr_t, Allocation> blocks_; // by where they begin
    std::size_t device_bytes_ = 0;
};
inline Memory memory;

/// Bytes that cudaMalloc gave and cudaFree did not take back.
inline std::size_t device_bytes_in_use() {
    return memory.device_bytes();
}

} // namespace cuda_shim
