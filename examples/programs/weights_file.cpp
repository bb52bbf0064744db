#include "weights_file.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tinyres/io/atomic_file.hpp>

namespace example {

using tinyres::Error;

std::string absolute_path(const std::filesystem::path& path) {
    std::error_code unknown;
    return std::filesystem::absolute(path, unknown).string();
}

void require_storable(const std::string& flag, const std::string& path) {
    try {
        static_cast<void>(nlohmann::json(path).dump());
    } catch (const nlohmann::json::type_error&) {
        throw Error("--" + flag + ": the path " + path + " is not UTF-8 text; rename it");
    }
}

void require_finite(const std::filesystem::path& weights, const std::string& what, std::span<const float> values) {
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
        throw Error("'" + weights.string() + "': " + what +
                    " is not finite (NaN or infinity); use weights of a training that did not diverge");
}

void require_output(const std::string& flag, const std::filesystem::path& out, const std::filesystem::path& weights) {
    std::error_code missing;
    if (std::filesystem::equivalent(out, weights, missing))
        throw Error(flag + ": " + out.string() + " is the file with the weights, which would be lost; name another");
    tinyres::AtomicFile{out}.write("Can anything be written here?");
}

} // namespace example
