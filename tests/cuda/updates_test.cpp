#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"

#include <doctest/doctest.h>
#include <tinyres/backend/cuda/updates.hpp>
#include <tinyres/backend/reference/kernels.hpp>

namespace {

namespace tr = tinyres;

/// Parameters and moments after some steps.
struct State {
    std::vector<double> parameters;
    std::vector<double> moment1;
    std::vector<double> moment2;
};

std::vector<float> random_values(std::size_t count, std::uint32_t number) {
    tr::RandomStream random({1, tr::Purpose::augmentation, number, 0});
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(random.uniform(-1.0f, 1.0f));
    return values;
}

template <class Backend, class Update>
State updated(const Update& update, std::size_t count) {
    using Numbers = passes::Array<Backend, typename Backend::Scalar>;
    const Backend backend;
    const Numbers parameters(random_values(count, 0));
    const Numbers moment1(std::vector<float>(count, 0.0f));
    const Numbers moment2(std::vector<float>(count, 0.0f));
    for (std::uint32_t step = 1; step <= 3; ++step) {
        const Numbers gradients(random_values(count, step));
        tr::Kernel<Backend, Update>::apply(
            backend, update,
            {.count = count,
             .parameters = parameters.data(),
             .gradients = gradients.data(),
             .moment1 = moment1.data(),
             .moment2 = std::is_same_v<Update, tr::AdamUpdate> ? moment2.data() : nullptr});
    }
    return {parameters.values(), moment1.values(), moment2.values()};
}

template <class T, class Update>
void check(const Update& update) {
    for (const std::size_t count : {1u, 3u, 4u, 17u, 1024u, 1025u, 5003u}) {
        CAPTURE(count);
        const State expected = updated<tr::Reference<double>>(update, count);
        const State found = updated<tr::Cuda<T>>(update, count);
        CHECK(passes::worst_channel_error(found.parameters, expected.parameters, 1) < 1e-6);
        CHECK(passes::worst_channel_error(found.moment1, expected.moment1, 1) < 1e-6);
        CHECK(passes::worst_channel_error(found.moment2, expected.moment2, 1) < 1e-6);
        cuda_shim::in_every_order([&] {
            const State again = updated<tr::Cuda<T>>(update, count);
            CHECK(again.parameters == found.parameters);
            CHECK(again.moment1 == found.moment1);
            CHECK(again.moment2 == found.moment2);
        });
    }
}

} // namespace

TEST_CASE_TEMPLATE("Adam and AdamW step on the GPU as in double precision", T, float, tr::bfloat16) {
    check<T>(tr::AdamUpdate{.step_size = 0.01, .inverse_correction = 3.0});
    check<T>(tr::AdamUpdate{.step_size = 0.01, .beta1 = 0.8, .coupled_decay = 0.1});
    check<T>(tr::AdamUpdate{.step_size = 0.01, .epsilon = 1e-3, .shrink = 0.99});
}

TEST_CASE_TEMPLATE("SGD steps on the GPU as in double precision", T, float, tr::bfloat16) {
    check<T>(tr::SgdUpdate{.rate = 0.1});
    check<T>(tr::SgdUpdate{.rate = 0.1, .momentum = 0.9, .weight_decay = 0.1});
    check<T>(tr::SgdUpdate{.rate = 0.1, .momentum = 0.9, .weight_decay = 0.1, .nesterov = true});
}
