#pragma once

#include "tinyres/core/config.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// Up to `Capacity` values, first in, first out, without an allocation.
template <class T, std::size_t Capacity>
class Ring {
public:
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }

    /// Number `i` < size() of those that are there, counted from the oldest.
    const T& operator[](std::size_t i) const { return *places_[(first_ + i) % Capacity]; }
    const T& front() const { return (*this)[0]; }

    /// size() must be below Capacity.
    void push_back(T value) { places_[(first_ + size_++) % Capacity].emplace(std::move(value)); }
    void pop_front() {
        places_[first_].reset();
        first_ = (first_ + 1) % Capacity;
        --size_;
    }

private:
    std::array<std::optional<T>, Capacity> places_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
