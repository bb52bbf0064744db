#include "examples/program.hpp"

using namespace tinyres_test;

TEST_CASE("embed writes the weights of a run as a header, in half the size as bfloat16") {
    const TemporaryDirectory directory;
    const auto weights = directory / "run" / "model.safetensors";
    REQUIRE(run(tiny_training(directory / "run", {"--epochs", "1"})).status == 0);
    const auto header = directory / "weights.hpp";
    const Outcome outcome = run({"embed", "--weights", weights, "--out", header});
    CHECK(outcome.status == 0);
    CHECK(outcome.error.empty());
    CHECK(outcome.out.find("6,579,850 values of 50 tensors, namespace s10_weights") != std::string::npos);
    const std::string text = content_of(header);
    CHECK(text.find("namespace s10_weights {") != std::string::npos);
    CHECK(text.find("{\"prep_layer.0.weight\", {64, 3, 3, 3}, 4, tinyres::EmbeddedNumbers::float32, {") !=
          std::string::npos);

    const auto half = directory / "half.hpp";
    REQUIRE(run({"embed", "--weights", weights, "--out", half, "--precision", "bf16", "--name", "a::b"}).status == 0);
    CHECK(content_of(half).find("namespace a::b {") != std::string::npos);
    const auto size = [](const auto& path) { return static_cast<double>(std::filesystem::file_size(path)); };
    CHECK(size(half) / size(header) == doctest::Approx(0.5).epsilon(0.05));

    const auto none = directory / "none.hpp";
    check_refused(run({"embed", "--weights", weights, "--out", none, "--name", "a b"}), {"'a b'", "namespace"});
    check_refused(run({"embed", "--weights", weights, "--out", none, "--name", "class"}), {"'class'", "word of C++"});
    check_refused(run({"embed", "--weights", directory / "nothing", "--out", none}), {"nothing"});
    check_refused(run({"embed", "--weights", weights, "--out", directory / "no" / "none.hpp"}), {"cannot write"});
    check_refused(run({"embed", "--weights", weights, "--norm", "gn", "--out", none}), {"--norm", "belong to bn"});
    CHECK(!std::filesystem::exists(none));
}
