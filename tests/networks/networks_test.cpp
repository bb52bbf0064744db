#include "tinyres/model/without_head.hpp"
#include "tinyres/networks/networks.hpp"

#include <cstdint>
#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace tr = tinyres;

namespace {

struct Listing {
    int tensors = 0;
    std::uint64_t hash = 0;

    friend bool operator==(const Listing&, const Listing&) = default;
};

/// As tests/pytorch/torchvision_names.py makes it of torchvision's networks: lines such as "conv1.weight 64 3 7 7".
template <class Network>
Listing listing() {
    Listing result{0, 0xCBF2'9CE4'8422'2325u};
    for (const tr::NetworkTensor& tensor : tr::network_tensors<Network>) {
        std::string line{tensor.name.view()};
        for (int axis = 0; axis < tensor.spec.rank; ++axis)
            line += ' ' + std::to_string(tensor.spec.shape[static_cast<std::size_t>(axis)]);
        line += '\n';
        for (const char character : line)
            result.hash = (result.hash ^ static_cast<unsigned char>(character)) * 0x100'0000'01B3u;
        ++result.tensors;
    }
    return result;
}

template <class Network>
std::vector<std::string> layers_with_weights() {
    std::vector<std::string> names;
    for (const tr::NetworkTensor& tensor : tr::network_tensors<Network>)
        if (tensor.spec.name == "weight")
            names.emplace_back(tensor.name.view().substr(0, tensor.name.view().size() - 7));
    return names;
}

} // namespace

TEST_CASE("torchvision's networks have the tensors of torchvision's state dicts, in their order") {
    CHECK(listing<tr::ResNet18<>>() == Listing{102, 0xA2D7'AD47'FBFB'21FAu});
    CHECK(listing<tr::ResNet34<>>() == Listing{182, 0x8D93'FD8F'CFE7'D10Eu});
    CHECK(listing<tr::ResNet50<>>() == Listing{267, 0x2327'8986'925F'4E2Bu});
    CHECK(listing<tr::Vgg11Bn<>>() == Listing{54, 0x86FF'FD86'3ECE'6581u});
    CHECK(listing<tr::MobileNetV2<>>() == Listing{262, 0x561D'5D6A'C9BB'89E7u});
    CHECK(listing<tr::DenseNet121<>>() == Listing{606, 0x4E90'AC8C'10C6'AB37u});
}

TEST_CASE("ResNet20 has the names of torchvision's ResNets, and projections where the shape changes") {
    const std::vector<std::string> expected{"conv1",
                                            "bn1", //
                                            "layer1.0.conv1",
                                            "layer1.0.bn1",
                                            "layer1.0.conv2",
                                            "layer1.0.bn2", //
                                            "layer1.1.conv1",
                                            "layer1.1.bn1",
                                            "layer1.1.conv2",
                                            "layer1.1.bn2", //
                                            "layer1.2.conv1",
                                            "layer1.2.bn1",
                                            "layer1.2.conv2",
                                            "layer1.2.bn2", //
                                            "layer2.0.conv1",
                                            "layer2.0.bn1",
                                            "layer2.0.conv2",
                                            "layer2.0.bn2", //
                                            "layer2.0.downsample.0",
                                            "layer2.0.downsample.1", //
                                            "layer2.1.conv1",
                                            "layer2.1.bn1",
                                            "layer2.1.conv2",
                                            "layer2.1.bn2", //
                                            "layer2.2.conv1",
                                            "layer2.2.bn1",
                                            "layer2.2.conv2",
                                            "layer2.2.bn2", //
                                            "layer3.0.conv1",
                                            "layer3.0.bn1",
                                            "layer3.0.conv2",
                                            "layer3.0.bn2", //
                                            "layer3.0.downsample.0",
                                            "layer3.0.downsample.1", //
                                            "layer3.1.conv1",
                                            "layer3.1.bn1",
                                            "layer3.1.conv2",
                                            "layer3.1.bn2", //
                                            "layer3.2.conv1",
                                            "layer3.2.bn1",
                                            "layer3.2.conv2",
                                            "layer3.2.bn2", //
                                            "fc"};
    CHECK(layers_with_weights<tr::ResNet20<>>() == expected);
}

TEST_CASE("ResNet9 has the names of cifar10-fast") {
    const std::vector<std::string> expected{"prep_conv",
                                            "prep_bn",
                                            "layer1_conv",
                                            "layer1_bn",
                                            "layer1_residual_res1_conv",
                                            "layer1_residual_res1_bn",
                                            "layer1_residual_res2_conv",
                                            "layer1_residual_res2_bn",
                                            "layer2_conv",
                                            "layer2_bn",
                                            "layer3_conv",
                                            "layer3_bn",
                                            "layer3_residual_res1_conv",
                                            "layer3_residual_res1_bn",
                                            "layer3_residual_res2_conv",
                                            "layer3_residual_res2_bn",
                                            "linear"};
    CHECK(layers_with_weights<tr::ResNet9<>>() == expected);
}

TEST_CASE("Networks take images of other sizes, other numbers of classes, and lose their heads") {
    static_assert(tr::ResNet18<tr::Image<3, 97, 65>, 10>::output == tr::Dims{10, 1, 1, true});
    static_assert(tr::parameter_count<tr::ResNet18<tr::Image<3, 97, 65>>> == 11'689'512);
    static_assert(tr::WithoutHead<tr::ResNet18<>>::output == tr::Dims{512, 1, 1, true});
    static_assert(tr::CifarResNet18<>::layer_count == tr::ResNet18<>::layer_count - 1);
    static_assert(tr::parameter_count<tr::ResNet20<tr::Image<3, 32, 32>, 10, 4>> < 20'000);
}
