#pragma once

#include "sanitizer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <string>

namespace cuda_shim {

/// An array on the heap between two zones that nobody may write to. All of it has all bits set, NaN as a number, until
/// something is written. AddressSanitizer reports any access to the zones itself.
class GuardedMemory {
public:
    /// Aligned to `alignment`.
    GuardedMemory(std::size_t bytes, std::size_t alignment)
        : bytes_(bytes),
          zone_(alignment),
          memory_(static_cast<unsigned char*>(::operator new (bytes + 2 * zone_, std::align_val_t{zone_}))) {
        std::memset(memory_, poison, bytes_ + 2 * zone_);
        forbid(memory_, zone_);
        forbid(data() + bytes_, zone_);
    }
    GuardedMemory(const GuardedMemory&) = delete;
    GuardedMemory& operator=(const GuardedMemory&) = delete;
    ~GuardedMemory() {
        permit(memory_, bytes_ + 2 * zone_);
        ::operator delete (memory_, std::align_val_t{zone_});
    }

    unsigned char* data() const { return memory_ + zone_; }
    std::size_t size() const { return bytes_; }
    bool holds(const void* begin, std::size_t bytes) const {
        const auto* const first = static_cast<const unsigned char*>(begin);
        return first >= data() && first <= data() + bytes_ &&
               bytes <= static_cast<std::size_t>(data() + bytes_ - first);
    }

    void forget() { std::memset(data(), poison, bytes_); }

    /// What somebody wrote to the zones, "5 bytes beyond the end", or nothing.
    std::string damage() const {
        if constexpr (address_sanitizer) return {};
        const auto changed = [](unsigned char byte) { return byte != poison; };
        const unsigned char* const end = data() + bytes_;
        const unsigned char* const behind = std::find_if(end, end + zone_, changed);
        if (behind != end + zone_) return std::to_string(behind - end) + " bytes beyond the end";
        const unsigned char* const before = std::find_if(memory_, memory_ + zone_, changed);
        if (before != memory_ + zone_) return std::to_string(data() - before) + " bytes before the beginning";
        return {};
    }

    /// So that damage is told once.
    void repair() {
        if constexpr (address_sanitizer) return;
        std::memset(memory_, poison, zone_);
        std::memset(data() + bytes_, poison, zone_);
    }

private:
    static constexpr unsigned char poison = 0xff;

    std::size_t bytes_;
    std::size_t zone_;
    unsigned char* memory_;
};

} // namespace cuda_shim
