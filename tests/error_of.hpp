#pragma once

#include "tinyres/core/error.hpp"

#include <string>

namespace tinyres_test {

/// The message of the tinyres::Error that `action` throws, or "no error".
template <class Action>
std::string error_of(Action&& action) {
    try {
        action();
    } catch (const tinyres::Error& error) {
        return error.what();
    }
    return "no error";
}

/// Whether `text` holds `part`.
inline bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace tinyres_test
