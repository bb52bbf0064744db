#include "files.hpp"
#include "model/networks.hpp"
#include "protobuf_reader.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/io/onnx.hpp"

#include <algorithm>
#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Backend = tr::Reference<float>;
using Small = tr::Network<tr::Image<3, 8, 6>, tr::Sequential<tr::Conv3x3<4>, tr::BatchNorm, tr::ReLU>,
                          tr::Dropout2d<10>, tr::ResBlock<tr::Conv3x3<4, tr::Bias::no>, tr::GroupNorm<2>, tr::ReLU>,
                          tr::Conv3x3<4>, tr::MaxPool<2>, tr::BatchNorm, tr::Flatten, tr::Linear<5>, tr::LogSoftmax>;

/// A file taken apart.
struct File {
    explicit File(const std::string& content) : bytes(content), model(bytes), graph(model.message(7)) {}

    std::vector<std::string> ops() const {
        std::vector<std::string> ops;
        for (const ProtobufMessage& node : graph.messages(1)) ops.push_back(node.text(4));
        return ops;
    }
    ProtobufMessage node(const std::string& name) const {
        for (const ProtobufMessage& node : graph.messages(1))
            if (node.text(3) == name) return node;
        throw std::runtime_error("there is no node " + name);
    }
    ProtobufMessage tensor(const std::string& name) const {
        for (const ProtobufMessage& tensor : graph.messages(5))
            if (tensor.text(8) == name) return tensor;
        throw std::runtime_error("there is no tensor " + name);
    }
    std::vector<float> floats(const std::string& name) const { return tensor(name).numbers<float>(9); }

    std::string bytes;
    ProtobufMessage model;
    ProtobufMessage graph;
};

/// A state none of whose tensors is as at the start; BatchNorm's scales are positive.
std::vector<tr::NamedTensor> some_state() {
    std::vector<tr::NamedTensor> state = tr::state_dict(tr::Model<Small, Backend>{tr::KaimingUniform{}, 3});
    tr::RandomStream random({5, tr::Purpose::augmentation, 0, 0});
    for (tr::NamedTensor& tensor : state)
        if (tensor.shape.size() == 1)
            for (float& value : tensor.values) value = random.uniform(0.5f, 1.5f);
    return state;
}

const std::vector<float>& values_of(const std::vector<tr::NamedTensor>& state, std::string_view name) {
    return std::ranges::find(state, name, &tr::NamedTensor::name)->values;
}

/// The whole numbers of a node's attribute.
std::vector<std::int64_t> attribute(const ProtobufMessage& node, std::string_view name) {
    for (const ProtobufMessage& attribute : node.messages(5))
        if (attribute.text(1) == name)
            return attribute.integer(20) == 2 ? std::vector{attribute.integer(3)} : attribute.integers(8);
    throw std::runtime_error("there is no such attribute");
}

/// The dimensions of an input or output: the name of the batch, then numbers.
std::vector<std::string> dimensions(const ProtobufMessage& value_info) {
    std::vector<std::string> result;
    for (const ProtobufMessage& dimension : value_info.message(2).message(1).message(2).messages(1))
        result.push_back(dimension.texts(2).empty() ? std::to_string(dimension.integer(1)) : dimension.text(2));
    return result;
}

struct Twice : tr::ElementwiseLayer {
    static constexpr std::string_view name = "Twice";
};

} // namespace

template <>
struct tinyres::OnnxOperator<Twice> {
    static std::string append(OnnxGraph& graph, const OnnxLayer& layer, const std::string& input) {
        return graph.node("Add", layer.name, {input, input});
    }
};

TEST_CASE("Protobuf fields are written as the format's description shows") {
    tr::ProtobufWriter message;
    message.add(1, std::int64_t{150});
    CHECK(message.bytes() == "\x08\x96\x01");
    message.add(2, std::string_view{"testing"});
    CHECK(message.bytes().substr(3) == "\x12\x07testing");
    tr::ProtobufWriter outer;
    outer.add(3, message);
    CHECK(outer.bytes() == "\x1a\x0c" + message.bytes());
    tr::ProtobufWriter numbers;
    numbers.add(20, std::int64_t{-1});
    numbers.add(2, 1.0f);
    CHECK(numbers.bytes() == std::string("\xa0\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x15\x00\x00\x80\x3f", 17));
}

TEST_CASE("A network becomes a graph of ONNX's operators, dropout left out, a ResBlock an Add") {
    const File file{tr::to_onnx<Small>(some_state())};
    CHECK(file.ops() == std::vector<std::string>{"Conv", "BatchNormalization", "Relu", "Conv", "Reshape",
                                                 "InstanceNormalization", "Reshape", "Mul", "Add", "Relu", "Add",
                                                 "Conv", "MaxPool", "BatchNormalization", "Flatten", "Gemm",
                                                 "LogSoftmax"});
    CHECK(file.model.integer(1) == 7);
    CHECK(file.model.message(8).integer(2) == 13);
    CHECK(file.graph.message(11).text(1) == "images");
    CHECK(dimensions(file.graph.message(11)) == std::vector<std::string>{"batch", "3", "8", "6"});
    CHECK(file.graph.message(12).text(1) == "log_probabilities");
    CHECK(dimensions(file.graph.message(12)) == std::vector<std::string>{"batch", "5"});

    CHECK(file.node("0.0").texts(1) == std::vector<std::string>{"images", "0.0.weight", "0.0.bias"});
    CHECK(file.node("2.0").texts(1) == std::vector<std::string>{"0.2.out", "2.0.weight"}); // behind the dropout
    CHECK(file.node("2.add").texts(1) == std::vector<std::string>{"0.2.out", "2.2.out"});
    CHECK(file.graph.messages(1).back().text(2) == "log_probabilities");
}

TEST_CASE("Every value that a node takes is the input, a constant or an earlier node's, and all names differ") {
    const File file{tr::to_onnx<Small>(some_state())};
    std::set<std::string> known{"images"};
    for (const ProtobufMessage& tensor : file.graph.messages(5)) CHECK(known.insert(tensor.text(8)).second);
    for (const ProtobufMessage& node : file.graph.messages(1)) {
        for (const std::string& input : node.texts(1)) CHECK(known.contains(input));
        CHECK(known.insert(node.text(2)).second);
    }
}

TEST_CASE("Tensors keep their names, shapes and values, but a GroupNorm's have the shape of an image's channels") {
    const std::vector<tr::NamedTensor> state = some_state();
    const File file{tr::to_onnx<Small>(state)};
    for (const tr::NamedTensor& tensor : state) {
        if (tensor.shape.empty()) continue; // a counter of batches
        CAPTURE(tensor.name);
        const ProtobufMessage stored = file.tensor(tensor.name);
        CHECK(stored.integer(2) == 1);
        CHECK(stored.numbers<float>(9) == tensor.values);
        if (tensor.name.starts_with("2.1."))
            CHECK(stored.integers(1) == std::vector<std::int64_t>{4, 1, 1});
        else
            CHECK(stored.integers(1) == tensor.shape);
    }
    CHECK(file.tensor("2.1.group.shape").numbers<std::int64_t>(9) == std::vector<std::int64_t>{0, 2, -1});
    CHECK(file.tensor("2.1.ungroup.shape").numbers<std::int64_t>(9) == std::vector<std::int64_t>{0, 4, 8, 6});
}

TEST_CASE("A folded BatchNorm is in the weights and bias of its convolution") {
    const std::vector<tr::NamedTensor> state = some_state();
    const File file{tr::to_onnx<Small>(state, {.fold_batch_norm = true})};
    const std::vector<std::string> ops = file.ops();
    CHECK(std::ranges::count(ops, "BatchNormalization") == 0);
    CHECK(ops.size() == 15);
    for (const auto& [convolution, norm] : {std::pair<std::string, std::string>{"0.0", "0.1"}, {"3", "5"}}) {
        const std::vector<float> weight = file.floats(convolution + ".weight");
        const std::vector<float> bias = file.floats(convolution + ".bias");
        const std::vector<float>& before = values_of(state, convolution + ".weight");
        for (std::size_t channel = 0; channel < 4; ++channel) {
            const float scale = values_of(state, norm + ".weight")[channel] /
                                std::sqrt(values_of(state, norm + ".running_var")[channel] + 1e-5f);
            const std::size_t first = channel * weight.size() / 4;
            CHECK(weight[first] == doctest::Approx(scale * before[first]));
            const float centered =
                values_of(state, convolution + ".bias")[channel] - values_of(state, norm + ".running_mean")[channel];
            CHECK(bias[channel] == doctest::Approx(scale * centered + values_of(state, norm + ".bias")[channel]));
        }
    }
}

TEST_CASE("A convolution's geometry and groups are attributes, and a BatchNorm folds into its filters as into any") {
    using tr::by;
    using Layer = tr::Conv<6, by(3, 2), by(2, 1), by(4, 3), 2, tr::Bias::no, by(1, 3)>;
    using Net = tr::Network<tr::Image<4, 5, 6>, Layer, tr::BatchNorm>;
    std::vector<tr::NamedTensor> state = tr::state_dict(tr::Model<Net, Backend>{tr::KaimingUniform{}, 3});
    std::ranges::find(state, "1.weight", &tr::NamedTensor::name)->values = {2, 3, 4, 5, 6, 7};
    const File file{tr::to_onnx<Net>(state, {.fold_batch_norm = true})};
    using Numbers = std::vector<std::int64_t>;
    CHECK(attribute(file.node("0"), "kernel_shape") == Numbers{3, 2});
    CHECK(attribute(file.node("0"), "strides") == Numbers{2, 1});
    CHECK(attribute(file.node("0"), "pads") == Numbers{4, 3, 4, 3});
    CHECK(attribute(file.node("0"), "dilations") == Numbers{1, 3});
    CHECK(attribute(file.node("0"), "group") == Numbers{2});
    CHECK(file.tensor("0.weight").integers(1) == Numbers{6, 2, 3, 2});
    const std::vector<float> weight = file.floats("0.weight");
    const float one = 1.0f / std::sqrt(1.00001f); // of the running variance
    for (std::size_t i = 0; i < weight.size(); ++i)
        CHECK(weight[i] == doctest::Approx(one * static_cast<float>(2 + i / 12) * values_of(state, "0.weight")[i]));
}

TEST_CASE(
    "A BatchNorm behind a pooling stays where one of its scales is negative; a convolution without bias gets one") {
    std::vector<tr::NamedTensor> state = some_state();
    std::ranges::find(state, "5.weight", &tr::NamedTensor::name)->values[2] = -0.1f;
    std::ranges::find(state, "0.1.weight", &tr::NamedTensor::name)->values[2] = -0.1f; // no pooling here
    const tr::OnnxOptions fold{.fold_batch_norm = true};
    const File file{tr::to_onnx<Small>(state, fold)};
    CHECK(file.node("5").text(4) == "BatchNormalization");
    const std::vector<std::string> ops = file.ops();
    CHECK(std::ranges::count(ops, "BatchNormalization") == 1);

    using Bare = tr::Network<tr::Image<2, 4, 4>, tr::Conv3x3<3, tr::Bias::no>, tr::BatchNorm>;
    const File bare{tr::to_onnx<Bare>(tr::state_dict(tr::Model<Bare, Backend>{}), fold)};
    CHECK(bare.node("0").texts(1) == std::vector<std::string>{"images", "0.weight", "0.bias"});
    CHECK(bare.floats("0.bias") == std::vector<float>(3));
    CHECK(bare.graph.message(12).text(1) == "outputs");
}

TEST_CASE("Pools, Upsample and a BatchNorm with options become operators, which a folded BatchNorm need not be") {
    using Norm = tr::BatchNormWith<tr::WithoutScale, tr::Epsilon<1, 4>>;
    using Pools = tr::Network<tr::Image<2, 8, 8>, tr::Conv3x3<3>, tr::MaxPool<3, 2, 1>, Norm, tr::AvgPool<3, 1, 1>,
                              tr::Dropout<5>, tr::Upsample<2>, tr::GlobalAvgPool, tr::Flatten,
                              tr::BatchNormWith<tr::WithoutShift, tr::WithoutScale>>;
    const std::vector<tr::NamedTensor> state = tr::state_dict(tr::Model<Pools, Backend>{tr::KaimingUniform{}, 3});
    const File file{tr::to_onnx<Pools>(state)};
    CHECK(file.ops() == std::vector<std::string>{"Conv", "MaxPool", "BatchNormalization", "AveragePool", "Resize",
                                                 "GlobalAveragePool", "Flatten", "BatchNormalization"});
    CHECK(file.floats("2.weight") == std::vector<float>(3, 1.0f));
    CHECK(file.floats("8.bias") == std::vector<float>(3, 0.0f));
    CHECK(file.floats("5.scales") == std::vector<float>{1, 1, 2, 2});
    CHECK(file.node("5").texts(1) == std::vector<std::string>{"3.out", "", "5.scales"});
    const File folded{tr::to_onnx<Pools>(state, {.fold_batch_norm = true})};
    CHECK(folded.ops().size() == 7);
    CHECK(folded.floats("0.weight")[4] == doctest::Approx(values_of(state, "0.weight")[4] / std::sqrt(1.25)));
}

TEST_CASE("The normalization of the images can be part of the file") {
    const tr::OnnxOptions options{
        .normalization = tr::OnnxNormalization{.mean = {0.5f, 0.25f, 0}, .std = {0.5f, 1, 2}, .scale = 0.5f},
        .metadata = {{"author", "somebody"}}};
    const File file{tr::to_onnx<Small>(some_state(), options)};
    CHECK(file.floats("normalize.factor") == std::vector<float>{1, 0.5f, 0.25f});
    CHECK(file.floats("normalize.term") == std::vector<float>{-1, -0.25f, 0});
    CHECK(file.node("normalize.scale").texts(1)[0] == "images");
    CHECK(file.node("0.0").texts(1)[0] == "normalize.shift.out");
    CHECK(file.model.message(14).text(1) == "author");
    CHECK(file.model.message(14).text(2) == "somebody");
    tr::OnnxOptions bad = options;
    bad.normalization->mean.pop_back();
    CHECK(holds(error_of([&] { tr::to_onnx<Small>(some_state(), bad); }), "give 3 of each"));
    bad = options;
    bad.normalization->std[1] = 0;
    CHECK(holds(error_of([&] { tr::to_onnx<Small>(some_state(), bad); }), "not positive"));
}

TEST_CASE("Activation functions are ONNX's operators, or several of them where the operator set has none") {
    using Activations = tr::Network<tr::Image<2, 4, 4>, tr::ReLU6, tr::LeakyReLU<>, tr::PReLU<tr::Slopes::per_channel>,
                                    tr::ELU<>, tr::CELU<2>, tr::SiLU, tr::GELU<>, tr::Hardswish, tr::Hardsigmoid,
                                    tr::Tanh, tr::Flatten, tr::PReLU<>, tr::Sigmoid, tr::ScaleBy<1, 8>>;
    const File file{tr::to_onnx<Activations>(tr::state_dict(tr::Model<Activations, Backend>{}))};
    CHECK(file.ops() == std::vector<std::string>{"Clip",    "LeakyRelu", "PRelu",       "Elu",     "Celu",
                                                 "Sigmoid", "Mul",       "Mul",         "Erf",     "Add",
                                                 "Mul",     "Mul",       "HardSigmoid", "Mul",     "HardSigmoid",
                                                 "Tanh",    "Flatten",   "PRelu",       "Sigmoid", "Mul"});
    CHECK(file.floats("13.factor") == std::vector<float>{0.125f});
    CHECK(file.floats("0.max") == std::vector<float>{6.0f});
    CHECK(file.tensor("0.max").integers(1).empty());
    CHECK(file.tensor("2.weight").integers(1) == std::vector<std::int64_t>{2, 1, 1});
    CHECK(file.tensor("11.weight").integers(1) == std::vector<std::int64_t>{1});
    CHECK(file.node("5").texts(1) == std::vector<std::string>{"4.out", "5.sigmoid.out"});
}

TEST_CASE("A layer of one's own has the operators that it declares, and a network of no operators an Identity") {
    using Own = tr::Network<tr::Image<2, 4, 4>, tr::Sequential<Twice, Twice>>;
    const File own{tr::to_onnx<Own>({})};
    CHECK(own.node("0.1").texts(1) == std::vector<std::string>{"0.0.out", "0.0.out"});
    using Nothing = tr::Network<tr::Image<2, 4, 4>, tr::Dropout2d<5>>;
    CHECK(File{tr::to_onnx<Nothing>({})}.ops() == std::vector<std::string>{"Identity"});
}

TEST_CASE("A state of another network is refused, and an exported file is there whole or not at all") {
    std::vector<tr::NamedTensor> state = some_state();
    state.erase(state.begin());
    CHECK(holds(error_of([&] { tr::to_onnx<Small>(state); }), "tensor '0.0.weight' is missing"));
    state = some_state();
    state[0].shape = {4, 3, 9};
    CHECK(holds(error_of([&] { tr::to_onnx<Small>(state); }),
                "tensor '0.0.weight' has the shape [4, 3, 9], but this network's is [4, 3, 3, 3]"));
    state.push_back({"9.weight", {1}, {0}});
    CHECK(holds(error_of([&] { tr::to_onnx<Small>(state); }), "this network has no tensor '9.weight'"));

    const TemporaryDirectory directory;
    const tr::Model<Small, Backend> model;
    tr::export_onnx(directory / "model.onnx", model);
    CHECK((content_of(directory / "model.onnx") == tr::to_onnx<Small>(tr::state_dict(model))));
    CHECK(directory.entries() == std::set<std::string>{"model.onnx"});
    CHECK(holds(error_of([&] { tr::export_onnx(directory / "none" / "model.onnx", model); }), "cannot write"));
}

namespace {

/// A network that ends in a Linear, with so many outputs.
template <int Classes>
struct Ending : tr::Network<tr::Image<3, 4, 4>, tr::Conv3x3<4>, tr::ReLU, tr::Flatten, tr::Linear<Classes>> {};

} // namespace

TEST_CASE("an ONNX file with the first outputs of a network is that of the network which has no others") {
    const std::vector<tr::NamedTensor> wide = tr::state_dict(tr::Model<Ending<7>, Backend>{tr::KaimingUniform{}, 3});
    std::vector<tr::NamedTensor> narrow = wide;
    for (tr::NamedTensor& tensor : narrow)
        if (tensor.shape.front() == 7) {
            tensor.shape.front() = 3;
            tensor.values.resize(tensor.values.size() / 7 * 3);
        }
    CHECK((tr::to_onnx<Ending<7>>(wide, {.first_outputs = 3}) == tr::to_onnx<Ending<3>>(narrow)));
    const auto error = [&](int outputs) {
        return error_of([&] { static_cast<void>(tr::to_onnx<Ending<7>>(wide, {.first_outputs = outputs})); });
    };
    CHECK(error(8).find("cannot have the first 8 outputs") != std::string::npos);
    CHECK(error_of([] {
              static_cast<void>(tr::to_onnx<Small>(some_state(), {.first_outputs = 3}));
          }).find("whose last layer is LogSoftmax") != std::string::npos);
}
