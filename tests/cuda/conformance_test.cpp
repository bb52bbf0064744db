#include "backend/conformance.hpp"
#include "cuda_shim/settings.hpp"

#include <tinyres/backend/cuda/kernels.hpp>

namespace tr = tinyres;

TEST_CASE("Cuda is a backend") {
    conformance::check<tr::Cuda<>>({.loss = 2e-3, .gradients = 0.1, .predictions = 1e-2, .images = 6});
}

TEST_CASE("Cuda in mixed precision is a backend") {
    conformance::check<tr::Cuda<tr::bfloat16>>({.loss = 3e-2, .gradients = 0.4, .predictions = 5e-2, .images = 6});
}

TEST_CASE_TEMPLATE("training on the GPU gives the same bits in every order of its threads", Backend, tr::Cuda<>,
                   tr::Cuda<tr::bfloat16>) {
    const auto train = [] {
        tr::Model<conformance::Chain, Backend> model{tr::KaimingUniform{}, 3};
        conformance::step(model, 5, 1);
        return conformance::step(model, 5);
    };
    const conformance::State first = train();
    cuda_shim::in_every_order([&] {
        const conformance::State again = train();
        CHECK(again.loss == first.loss);
        CHECK(again.predictions == first.predictions);
        for (std::size_t i = 0; i < first.gradients.size(); ++i)
            CHECK(again.gradients[i].values == first.gradients[i].values);
    });
}
