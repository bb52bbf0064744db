#include "io/files.hpp"
#include "tinyres/backend/cpu/cpu.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace tr = tinyres;

namespace {

/// A folder that stands for the root of a file system.
class FakeSystem {
public:
    FakeSystem& file(const std::string& path, const std::string& text) {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
        return *this;
    }
    std::optional<double> processors() const { return tr::cpu::detail::control_group_processors(root_.path()); }

private:
    tinyres_test::TemporaryDirectory root_;
};

const std::string mount_2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
const std::string mount_1 =
    "25 20 0:22 / / rw - ext4 /dev/vda rw\n"
    "33 32 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    "34 32 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 master:3 - cgroup cgroup rw,cpu,cpuacct\n";

} // namespace

TEST_CASE("without control groups, or without a limit, nothing is limited") {
    CHECK(!FakeSystem{}.processors());
    CHECK(!FakeSystem{}.file("proc/self/cgroup", "0::/\n").file("proc/self/mountinfo", mount_2).processors());
    CHECK(!FakeSystem{}
               .file("proc/self/cgroup", "0::/\n")
               .file("proc/self/mountinfo", mount_2)
               .file("sys/fs/cgroup/cpu.max", "max 100000\n")
               .processors());
    CHECK(!FakeSystem{}
               .file("proc/self/cgroup", "4:cpu,cpuacct:/\n")
               .file("proc/self/mountinfo", mount_1)
               .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
               .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n")
               .processors());
}

TEST_CASE("version 2's limit is that of the process's own group, as a container sees it") {
    FakeSystem system;
    system.file("proc/self/cgroup", "0::/\n")
        .file("proc/self/mountinfo", mount_2)
        .file("sys/fs/cgroup/cpu.max", "150000 100000\n");
    CHECK(system.processors() == 1.5);
}

TEST_CASE("version 2's limit is the least of the group and those around it") {
    FakeSystem system;
    system.file("proc/self/cgroup", "0::/user.slice/job.scope\n")
        .file("proc/self/mountinfo", mount_2)
        .file("sys/fs/cgroup/user.slice/cpu.max", "200000 100000\n")
        .file("sys/fs/cgroup/user.slice/job.scope/cpu.max", "300000 100000\n");
    CHECK(system.processors() == 2.0);
    system.file("sys/fs/cgroup/user.slice/job.scope/cpu.max", "25000 50000\n");
    CHECK(system.processors() == 0.5);
}

TEST_CASE("version 1's limit is that of the controller of processor time") {
    FakeSystem system;
    system.file("proc/self/cgroup", "7:cpuset:/elsewhere\n4:cpu,cpuacct:/job\n0::/\n")
        .file("proc/self/mountinfo", mount_1)
        .file("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "250000\n")
        .file("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
    CHECK(system.processors() == 2.5);
}

TEST_CASE("a container whose path is the host's finds its limit where the mount shows it") {
    FakeSystem system;
    system.file("proc/self/cgroup", "4:cpu,cpuacct:/docker/0123abc\n")
        .file("proc/self/mountinfo",
              "34 32 0:29 /docker/0123abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n")
        .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "150000\n")
        .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    CHECK(system.processors() == 1.5);
}

TEST_CASE("a damaged description of control groups limits nothing") {
    FakeSystem system;
    system.file("proc/self/cgroup", "0::/\nnonsense\n").file("proc/self/mountinfo", "1 2\n" + mount_2);
    for (const char* text : {"", "\n", "150000\n", "words 100000\n", "-1 100000\n", "100000 0\n"}) {
        CAPTURE(text);
        system.file("sys/fs/cgroup/cpu.max", text);
        CHECK(!system.processors());
    }
}

TEST_CASE("Cpu uses as many threads as its process may use processors, and says why") {
    const tr::DefaultThreads found = tr::default_threads();
    CHECK(found.count >= 1);
    CHECK(!found.reason.empty());
    CHECK(tr::Cpu<>{}.threads() == found.count);
    CHECK(tr::Cpu<>{3}.threads() == 3);
}

TEST_CASE("a process that is bound to one processor uses one thread") {
    if (std::getenv("OMP_NUM_THREADS")) return; // which has the last word
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
        ::_exit(::sched_setaffinity(0, sizeof(one), &one) == 0 && tr::Cpu<>{}.threads() == 1 ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
