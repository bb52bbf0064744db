#include "tinyres/data/loader.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

namespace tr = tinyres;

namespace {

/// The exit code of a child, or -1 if a signal ended it.
int exit_code(pid_t child) {
    int status = -1;
    return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The exit code of `body` in a forked child, which has 20 seconds.
template <class Body>
int in_child(const Body& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);
        ::_exit(body());
    }
    return exit_code(child);
}

template <class Loader>
std::vector<float> images_of(Loader& loader, int epoch) {
    std::vector<float> images;
    for (const tr::Batch& batch : loader.epoch(epoch))
        images.insert(images.end(), batch.images.begin(), batch.images.end());
    return images;
}

} // namespace

TEST_CASE("in a child that was forked within an epoch the next batch is an error; the parent goes on") {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 64);
    for (const int threads : {1, 4}) {
        CAPTURE(threads);
        tr::Loader loader{dataset, tr::Compose{}, {.batch_size = 4, .shuffle = true, .threads = threads}};
        const std::vector<float> expected = images_of(loader, 0);
        std::vector<float> images;
        auto epoch = loader.epoch(0);
        for (auto batch = epoch.begin(); batch != epoch.end(); ++batch) {
            images.insert(images.end(), batch->images.begin(), batch->images.end());
            const int code = in_child([&] {
                try {
                    ++batch;
                } catch (const tr::Error& error) {
                    return std::string_view{error.what()}.find("forked child") == std::string_view::npos ? 1 : 0;
                }
                return 2;
            });
            REQUIRE(code == 0);
        }
        CHECK(images == expected);
    }
}

TEST_CASE("a child that was forked within an epoch can leave it and run another") {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 64);
    tr::Loader loader{dataset, tr::Compose{}, {.batch_size = 4, .threads = 4}};
    const std::vector<float> expected = images_of(loader, 1);
    pid_t child = -1;
    for ([[maybe_unused]] const tr::Batch& batch : loader.epoch(0)) {
        child = ::fork();
        if (child == 0) ::alarm(20);
        break; // both processes leave the epoch
    }
    const bool same = images_of(loader, 1) == expected;
    if (child == 0) ::_exit(same ? 0 : 1);
    CHECK(same);
    CHECK(exit_code(child) == 0);
}
