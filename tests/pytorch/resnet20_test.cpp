#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/io/weights.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/model/train_step.hpp"
#include "tinyres/networks/cifar_resnet.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Net = tr::ResNet20<tr::Image<3, 8, 8>, 4, 2>;

/// Of the tensors of resnet20.py's file those whose names begin with `prefix`, without it.
std::vector<tr::NamedTensor> tensors_of(const tr::Safetensors& file, const std::string& prefix) {
    std::vector<tr::NamedTensor> tensors;
    for (tr::TensorView view : file.tensors())
        if (view.name.starts_with(prefix)) {
            view.name.erase(0, prefix.size());
            tensors.push_back(tr::detail::to_named_tensor(file, view));
        }
    return tensors;
}

template <class Backend>
void check_near(const Backend& backend, tr::Role role, std::span<const typename Backend::Scalar> buffer,
                const std::vector<tr::NamedTensor>& expected, double tolerance) {
    std::vector<tr::NamedTensor> found;
    tr::append_tensors(backend, std::span<const tr::NetworkTensor>(tr::network_tensors<Net>), role, buffer.data(), "",
                       found);
    CHECK(found.size() == expected.size());
    for (const tr::NamedTensor& tensor : found) {
        const auto wanted = std::ranges::find(expected, tensor.name, &tr::NamedTensor::name);
        REQUIRE(wanted != expected.end());
        INFO(tensor.name);
        CHECK(relative_difference(tensor.values, wanted->values) < tolerance);
    }
}

} // namespace

TEST_CASE_TEMPLATE("A narrow ResNet20 takes PyTorch's state dict, predicts and learns as there", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    const double tolerance = std::is_same_v<Backend, tr::Cpu<>> ? 1e-4 : 1e-6;
    const tr::Safetensors file = tr::Safetensors::read(TINYRES_TESTS_DIR "/pytorch/data/resnet20_narrow.safetensors");
    const std::vector<float> images = tensors_of(file, "images").at(0).values;
    tr::Model<Net, Backend> model;
    tr::load_state_dict(model, std::span<const tr::NamedTensor>(tensors_of(file, "initial.")));
    CHECK(relative_difference(tr::predict(model, images), tensors_of(file, "logits").at(0).values) < tolerance);

    const std::vector<std::int32_t> labels{0, 1, 2, 3};
    const tr::Metrics metrics = tr::train_step(model, tr::Batch{images, labels});
    CHECK(metrics.loss() == doctest::Approx(tensors_of(file, "loss").at(0).values[0]).epsilon(tolerance));
    check_near<Backend>(model.backend(), tr::Role::parameter, std::as_const(model).gradients(),
                        tensors_of(file, "gradient."), tolerance);
    check_near<Backend>(model.backend(), tr::Role::running_statistic, std::as_const(model).statistics(),
                        tensors_of(file, "after."), tolerance);
}
