#include "model/networks.hpp"
#include "tinyres/tinyres.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tr = tinyres;

namespace {

using Net = tinyres_test::SmallNetwork<tr::Dropout2d<20>>;

/// The parameters after three steps, then the outputs.
std::vector<float> trained(int threads) {
    tr::Model<Net, tr::Cpu<>> model{tr::KaimingUniform{}, 3, tr::Cpu<>{threads}};
    tr::Adam optimizer{model};
    const tinyres_test::OwnedBatch batch = tinyres_test::random_batch<Net>(70);
    for (int step = 0; step < 3; ++step) {
        tr::train_step(model, batch);
        optimizer.step(model, 1e-3);
    }
    std::vector<float> values = tinyres_test::copy_of(model.parameters());
    const std::vector<float> outputs = tr::predict(model, batch.images);
    values.insert(values.end(), outputs.begin(), outputs.end());
    return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

} // namespace

TEST_CASE("after a fork the child trains and predicts as its parent does") {
    for (const int threads : {1, 2, 4}) {
        CAPTURE(threads);
        const std::vector<float> expected = trained(threads); // the parent has its threads now
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::alarm(60);
            ::_exit(same_bits(trained(threads), expected) ? 0 : 1);
        }
        int status = -1;
        ::waitpid(child, &status, 0);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
        CHECK(same_bits(trained(threads), expected));
    }
}
