#include "s10_run.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/io/weights.hpp"
#include "tinyres/networks/s10.hpp"

#include <set>

using namespace tinyres_test;

namespace {

/// Loads PyTorch's state dict of a narrow S10 and checks outputs and counters, and that the file has the names that
/// tinyres itself would write.
template <class Norm>
void check_state_dict_of_pytorch(const std::string& norm) {
    using Network = tr::S10Network<Norm, 4>;
    const std::filesystem::path path = TINYRES_TESTS_DIR "/pytorch/data/exchange_" + norm + ".safetensors";
    tr::Model<Network, tr::Reference<double>> model;
    tr::load_weights(path, model);

    const Numbers pytorch("exchange_outputs");
    const auto seed = static_cast<std::uint64_t>(pytorch.setting("seed"));
    const std::vector<double> expected = pytorch(norm + "/outputs");
    const std::vector<float> outputs =
        tr::predict(model, GivenBatch(seed, static_cast<int>(expected.size()) / 10, 0).images);
    CHECK(largest_difference(outputs, expected) < 1e-6); // ours are floats

    std::set<std::string> ours;
    for (const tr::NamedTensor& tensor : tr::state_dict(model)) ours.insert(tensor.name);
    const std::vector<std::string> theirs = tr::Safetensors::read(path).names();
    CHECK(ours == std::set<std::string>{theirs.begin(), theirs.end()});
    CHECK(model.batches_tracked() == (norm == "bn" ? 98 : 0));
}

} // namespace

TEST_CASE("PyTorch's state dict of S10 with BatchNorm gives the same outputs here") {
    check_state_dict_of_pytorch<tr::BatchNorm>("bn");
}

TEST_CASE("PyTorch's state dict of S10 with GroupNorm, in float16, gives the same outputs here") {
    check_state_dict_of_pytorch<tr::GroupNorm<4>>("gn");
}

TEST_CASE("PyTorch's state dict of S10 with LayerNorm, in bfloat16, gives the same outputs here") {
    check_state_dict_of_pytorch<tr::LayerNorm>("ln");
}
