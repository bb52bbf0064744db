#include "../examples/custom_backend/timed.hpp"
#include "backend/conformance.hpp"
#include "tinyres/backend/cpu/kernels.hpp"

namespace tr = tinyres;

TEST_CASE("Reference is a backend") {
    conformance::check<tr::Reference<float>>({.loss = 1e-5, .gradients = 2e-5, .predictions = 1e-5});
}

TEST_CASE("Cpu is a backend") {
    conformance::check<tr::Cpu<>>({.loss = 1e-5, .gradients = 1e-4, .predictions = 1e-5});
}

TEST_CASE("Cpu in mixed precision is a backend") {
    conformance::check<tr::Cpu<tr::bfloat16>>({.loss = 2e-2, .gradients = 0.3, .predictions = 5e-2});
}

TEST_CASE("a backend of one's own that takes over another's kernels is a backend") {
    conformance::check<Timed>({.loss = 1e-5, .gradients = 1e-4, .predictions = 1e-5});
    CHECK(Timed::times().size() > 30);
}
