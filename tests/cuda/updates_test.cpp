#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"

#include <doctest/doctest.h>
#include <tinyres/backend/cuda/gradients.hpp>
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

template <class Update>
constexpr bool two_moments = std::is_same_v<Update, tr::AdamUpdate> || std::is_same_v<Update, tr::RMSpropUpdate>;

template <class Backend, class Update>
State updated(const Update& update, std::size_t count) {
    using Numbers = passes::Array<Backend, typename Backend::Scalar>;
    const Backend backend;
    const Numbers parameters(random_values(count, 0));
    const Numbers moment1(std::vector<float>(count, 0.0f));
    const Numbers moment2(std::vector<float>(count, 0.0f));
    for (std::uint32_t step = 1; step <= 3; ++step) {
        const Numbers gradients(random_values(count, step));
        tr::Kernel<Backend, Update>::apply(backend, update,
                                           {.count = count,
                                            .parameters = parameters.data(),
                                            .gradients = gradients.data(),
                                            .moment1 = moment1.data(),
                                            .moment2 = two_moments<Update> ? moment2.data() : nullptr});
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

TEST_CASE_TEMPLATE("RMSprop and Lion step on the GPU as in double precision", T, float, tr::bfloat16) {
    check<T>(tr::RMSpropUpdate{.rate = 0.01, .epsilon = 1e-3});
    check<T>(tr::RMSpropUpdate{.rate = 0.01, .alpha = 0.9, .epsilon = 1e-3, .momentum = 0.9, .weight_decay = 0.1});
    check<T>(tr::LionUpdate{.rate = 0.1, .shrink = 0.99});
}

TEST_CASE("A group may begin anywhere in the buffers") {
    using Numbers = passes::Array<tr::Cuda<>, float>;
    const tr::Cuda<> cuda;
    for (const std::size_t first : {0u, 1u, 2u, 3u, 5u}) {
        CAPTURE(first);
        constexpr std::size_t count = 1029;
        const Numbers parameters(random_values(count + 8, 0)), gradients(random_values(count + 8, 1)),
            moment1(std::vector<float>(count + 8, 0.0f)), moment2(std::vector<float>(count + 8, 0.0f));
        tr::Kernel<tr::Cuda<>, tr::AdamUpdate>::apply(cuda, {.step_size = 0.01, .epsilon = 1e-3},
                                                      {.count = count,
                                                       .parameters = parameters.data() + first,
                                                       .gradients = gradients.data() + first,
                                                       .moment1 = moment1.data() + first,
                                                       .moment2 = moment2.data() + first});
        const std::vector<double> before = [&] {
            const std::vector<float> values = random_values(count + 8, 0);
            return std::vector<double>(values.begin(), values.end());
        }();
        const std::vector<double> after = parameters.values();
        for (std::size_t i = 0; i < count + 8; ++i) CHECK((after[i] != before[i]) == (i >= first && i < first + count));
    }
}

TEST_CASE("Sums of buffers and clipping by the norm are on the GPU as in double precision") {
    const auto results = [](auto backend, std::size_t count, double max_norm) {
        using Backend = decltype(backend);
        using Scalar = typename Backend::Scalar;
        using Numbers = passes::Array<Backend, Scalar>;
        const Numbers x(random_values(count, 0)), y(random_values(count, 1)), fresh(random_values(count, 2)),
            norm(std::vector<float>{0.0f});
        tr::Kernel<Backend, tr::WeightedSum>::apply(backend, {.x_weight = 0.25, .y_weight = 0.75}, count, x.data(),
                                                    y.data());
        tr::Kernel<Backend, tr::WeightedSum>::apply(backend, {.x_weight = 3.0, .y_weight = 0.0}, count, x.data(),
                                                    fresh.data());
        using Clip = tr::Kernel<Backend, tr::NormClip>;
        auto sums = backend.template allocate<double>(tr::NormClip::slices(count));
        Clip::sum_squares(backend, y.data(), count, sums.data());
        Clip::find_norm(backend, sums.data(), tr::NormClip::slices(count), norm.data());
        Clip::apply(backend, {max_norm}, norm.data(), count, y.data());
        std::vector<double> all = y.values();
        for (const auto& values : {fresh.values(), norm.values()}) all.insert(all.end(), values.begin(), values.end());
        return all;
    };
    for (const std::size_t count : {1u, 17u, 8192u, 8193u, 20'001u})
        for (const double max_norm : {0.5, 1e6}) {
            CAPTURE(count);
            const auto expected = results(tr::Reference<double>{}, count, max_norm);
            const auto found = results(tr::Cuda<>{}, count, max_norm);
            CHECK(passes::worst_channel_error(found, expected, 1) < 1e-6);
            cuda_shim::in_every_order([&] { CHECK(results(tr::Cuda<>{}, count, max_norm) == found); });
        }
}
