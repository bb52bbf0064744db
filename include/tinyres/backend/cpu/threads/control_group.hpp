#pragma once

#include "tinyres/core/config.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {
namespace detail {

/// A hierarchy of Linux's control groups: where it is mounted, and the group in it that the mount shows as its top.
struct ControlGroupMount {
    std::string root;
    std::filesystem::path folder;
};

/// The mount of version 2 (`cpu` false) or of version 1's controller "cpu", from /proc/self/mountinfo.
inline std::optional<ControlGroupMount> control_group_mount(const std::filesystem::path& system, bool cpu) {
    std::ifstream mounts(system / "proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        // id parent major:minor root folder options [fields...] - type source options
        std::istringstream fields(line);
        std::string skipped, root, folder, type, options;
        fields >> skipped >> skipped >> skipped >> root >> folder;
        while (fields >> skipped && skipped != "-") {
        }
        fields >> type >> skipped >> options;
        const bool found =
            cpu ? type == "cgroup" && (',' + options + ',').find(",cpu,") != std::string::npos : type == "cgroup2";
        if (found) return ControlGroupMount{root, system / std::filesystem::path(folder).relative_path()};
    }
    return std::nullopt;
}

/// The group that this process is in, from /proc/self/cgroup, whose lines are number:controllers:path; no controllers
/// in version 2.
inline std::optional<std::string> control_group_path(const std::filesystem::path& system, bool cpu) {
    std::ifstream groups(system / "proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = ',' + line.substr(first + 1, second - first - 1) + ',';
        if (cpu ? controllers.find(",cpu,") != std::string::npos : controllers == ",,") return line.substr(second + 1);
    }
    return std::nullopt;
}

/// What one group's folder grants: its quota of processor time over the period in which it has it.
inline std::optional<double> processors_granted(const std::filesystem::path& folder, bool cpu) {
    double quota = 0.0, period = 0.0;
    bool limited = false;
    if (cpu) {
        std::ifstream quota_file(folder / "cpu.cfs_quota_us"), period_file(folder / "cpu.cfs_period_us");
        limited = static_cast<bool>(quota_file >> quota) && static_cast<bool>(period_file >> period);
    } else {
        std::ifstream file(folder / "cpu.max"); // "max 100000" without a limit
        limited = static_cast<bool>(file >> quota >> period);
    }
    if (!limited || quota <= 0.0 || period <= 0.0) return std::nullopt;
    return quota / period;
}

/// How many processors' time Linux's control groups grant this process (`docker run --cpus=1.5`), the least of its
/// group and of the groups around it; nothing without a limit. `system` is the root of the file system.
inline std::optional<double> control_group_processors(const std::filesystem::path& system = "/") {
    std::optional<double> least;
    for (const bool cpu : {false, true}) {
        const std::optional<ControlGroupMount> mount = control_group_mount(system, cpu);
        const std::optional<std::string> path = control_group_path(system, cpu);
        if (!mount || !path) continue;
        // In a container without a namespace of its own, the path is the host's, and the mount shows a part of it.
        std::string inside = *path;
        if (mount->root != "/" && inside.starts_with(mount->root)) inside.erase(0, mount->root.size());
        std::filesystem::path folder = mount->folder;
        const auto take = [&] {
            if (const std::optional<double> granted = processors_granted(folder, cpu))
                least = (std::min)(least.value_or(*granted), *granted);
        };
        take();
        for (const std::filesystem::path& part : std::filesystem::path(inside).relative_path()) {
            folder /= part;
            take();
        }
    }
    return least;
}

} // namespace detail
} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
