#pragma once

#include "tinyres/core/error.hpp"

#include <cmath>
#include <map>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Numbers that training must know to go on, by the names that checkpoints have them under ("plateau.best").
using StateNumbers = std::map<std::string, double>;

/// What keeps such numbers: `save_state(numbers)` adds them, `load_state(numbers)` takes them or, where one is missing,
/// throws Error and leaves the part as it was.
template <class Part>
concept KeepsNumbers = requires(Part& part, const Part& there, StateNumbers& numbers) {
    there.save_state(numbers);
    part.load_state(static_cast<const StateNumbers&>(numbers));
};

/// The number `name`. Throws Error when there is none.
inline double state_number(const StateNumbers& numbers, const std::string& name) {
    const auto found = numbers.find(name);
    if (found == numbers.end())
        throw Error("the state has no number '" + name + "'; resume with the parts that it was written with");
    return found->second;
}

/// The same for a count. Throws Error when it is no whole number from -1 (none) to 2^53.
template <class Integer>
Integer state_count(const StateNumbers& numbers, const std::string& name) {
    const double value = state_number(numbers, name);
    constexpr double most = sizeof(Integer) < 8 ? 0x1p31 - 1 : 0x1p53;
    if (!(value >= -1 && value <= most) || value != std::floor(value))
        throw Error("the state's number '" + name + "' is no count; resume from another checkpoint");
    return static_cast<Integer>(value);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
