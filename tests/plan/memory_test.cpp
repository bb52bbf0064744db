#include "plan/extents.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/networks/s10.hpp"
#include "tinyres/plan/plan.hpp"
#include "tinyres/random/philox.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace tr = tinyres;

namespace {

using plan_extents::Extent;

/// No two arrays that live at the same time overlap, every offset is aligned and all fit; the memory is not more than
/// `slack` times what lives at the fullest moment, and a cache line.
template <class Network, class Backend>
void check_map(bool training, double slack) {
    const auto& map =
        training ? tr::Plan<Network, Backend>::training_memory : tr::Plan<Network, Backend>::prediction_memory;
    const std::vector<Extent> all = plan_extents::extents<Network, Backend>(training);
    std::size_t fullest = 0;
    for (const Extent& a : all) {
        CHECK(a.offset % 64 == 0);
        CHECK(a.offset + a.bytes <= map.bytes_per_image);
        std::size_t living = 0;
        for (const Extent& b : all) {
            const bool together = a.first <= b.last && b.first <= a.last;
            const bool overlap = a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
            INFO(a.what << " and " << b.what << (training ? " in training" : " in prediction"));
            if (&a != &b) CHECK(!(together && overlap));
            if (b.first <= a.first && a.first <= b.last) living += tr::cache_lines(b.bytes);
        }
        fullest = std::max(fullest, living);
    }
    CHECK(map.bytes_per_image % 64 == 0);
    CHECK(map.bytes_per_image >= fullest);
    // One cache line more: that is a sixth of the smallest networks here.
    CHECK(static_cast<double>(map.bytes_per_image) <= slack * static_cast<double>(fullest) + 64);
}

template <class Network>
void check_maps(double training_slack = 1.1) {
    check_map<Network, tr::Cpu<>>(true, training_slack);
    check_map<Network, tr::Cpu<>>(false, 1.7);
    check_map<Network, tr::Cpu<tr::bfloat16>>(true, training_slack);
    check_map<Network, tr::Cpu<tr::bfloat16>>(false, 1.7);
    check_map<Network, tr::Reference<double>>(true, training_slack);
    check_map<Network, tr::Reference<double>>(false, 1.7);
}

template <class Backend>
constexpr std::size_t bytes_per_image(bool training) {
    using Plan = tr::Plan<tr::S10, Backend>;
    return (training ? Plan::training_memory : Plan::prediction_memory).bytes_per_image;
}

} // namespace

TEST_CASE("arrays that live at the same time never overlap: S10") {
    check_maps<tr::S10>();
    check_maps<tr::S10Network<tr::LayerNorm, 8>>();
}

TEST_CASE("arrays that live at the same time never overlap: a chain of layers") {
    check_maps<
        tr::Network<tr::Image<3, 8, 8>, tr::Conv3x3<8>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU, tr::Dropout2d<10>,
                    tr::Conv3x3<64>, tr::MaxPool<4>, tr::Flatten, tr::Linear<5>, tr::Softmax>>();
}

TEST_CASE("arrays that live at the same time never overlap: residual blocks in residual blocks, first and last") {
    check_maps<tr::Network<tr::Image<4, 4, 4>,
                           tr::ResBlock<tr::Conv3x3<4>, tr::ResBlock<tr::BatchNorm, tr::ReLU, tr::Dropout2d<10>>,
                                        tr::ResBlock<tr::Conv3x3<4>>>,
                           tr::GroupNorm<2>, tr::ReLU, tr::ResBlock<tr::ResBlock<tr::Conv3x3<4>, tr::LayerNorm>>>>();
}

TEST_CASE("arrays that live at the same time never overlap: branches in branches") {
    // These are tiny, and what branches keep does not die in the order in which a stack would like it.
    using Gate = tr::Scale<tr::MaxPool<4>, tr::Flatten, tr::Linear<8>, tr::ReLU>;
    check_maps<tr::Network<tr::Image<8, 4, 4>, tr::Residual<tr::Sequential<tr::Conv3x3<8>, Gate>, tr::Conv3x3<8>>,
                           tr::Concat<tr::Identity, tr::Sequential<tr::BatchNorm, tr::ReLU, tr::Conv3x3<4>>>,
                           tr::Concat<tr::Identity, tr::Concat<tr::Conv3x3<4>, tr::ResBlock<tr::ReLU>>>>>(1.35);
    check_maps<
        tr::Network<tr::Image<8, 4, 4>, tr::Concat<tr::Identity, tr::Identity, tr::Identity>,
                    tr::ResBlock<tr::Conv3x3<24>, tr::Scale<tr::ReLU>>, tr::Residual<tr::Identity, tr::Identity>>>(
        1.35);
}

TEST_CASE("arrays that live at the same time never overlap: views first, in a residual block and last") {
    check_maps<tr::Network<tr::Image<16, 1, 1>, tr::Flatten, tr::ResBlock<tr::Linear<16>, tr::ReLU>>>();
    check_maps<tr::Network<tr::Image<16, 2, 2>, tr::Conv3x3<16>, tr::MaxPool<2>, tr::Flatten>>();
    check_maps<tr::Network<tr::Image<16, 2, 2>, tr::ResBlock<tr::ReLU>, tr::MaxPool<2>, tr::Flatten,
                           tr::ResBlock<tr::Dropout2d<50>, tr::Linear<16>>, tr::LogSoftmax>>();
}

TEST_CASE("arrays that live at the same time never overlap: a normalization at the network's input") {
    // Scratch memory is as large as anything else in these, so what it leaves free weighs more.
    check_maps<tr::Network<tr::Image<32, 8, 8>, tr::BatchNorm, tr::ReLU, tr::Conv3x3<16>>>(1.2);
    check_maps<tr::Network<tr::Image<32, 8, 8>, tr::BatchNorm, tr::Conv3x3<64>, tr::MaxPool<2>, tr::ReLU>>(1.2);
    check_maps<tr::Network<tr::Image<32, 8, 8>, tr::ResBlock<tr::GroupNorm<4>, tr::Conv3x3<32>>, tr::ReLU>>(1.2);
}

TEST_CASE("arrays that live at the same time never overlap: a single layer") {
    check_maps<tr::Network<tr::Image<3, 4, 4>, tr::Conv3x3<2>>>();
    check_maps<tr::Network<tr::Image<3, 4, 4>, tr::ReLU>>();
    check_maps<tr::Network<tr::Image<3, 1, 1>, tr::Flatten>>();
}

TEST_CASE("assign_offsets keeps living tenants apart for lifetimes of any kind") {
    constexpr int steps = 13;
    constexpr std::size_t count = 3 * (steps + 1);
    tr::RandomStream random({1, tr::Purpose::shuffle, 0, 0});
    for (int round = 0; round < 500; ++round) {
        std::array<tr::Tenant, count> tenants{};
        for (tr::Tenant& tenant : tenants) {
            tenant.bytes = static_cast<std::size_t>(random.below(5) == 0 ? 0 : random.below(700));
            tenant.birth = random.below(2 * steps + 1);
            tenant.death = tenant.birth + random.below(round % 2 == 0 ? 3 : 2 * steps + 1 - tenant.birth);
            tenant.death = std::min(tenant.death, 2 * steps);
        }
        const std::size_t used = tr::assign_offsets(tenants, steps);
        int overlaps = 0;
        int misplaced = 0;
        for (std::size_t a = 0; a < count; ++a) {
            const tr::Tenant& x = tenants[a];
            misplaced += x.bytes > 0 && (x.offset % 64 != 0 || x.offset + x.bytes > used) ? 1 : 0;
            for (std::size_t b = 0; b < a; ++b) {
                const tr::Tenant& y = tenants[b];
                const bool together = x.birth <= y.death && y.birth <= x.death;
                overlaps += together && x.offset < y.offset + y.bytes && y.offset < x.offset + x.bytes ? 1 : 0;
            }
        }
        REQUIRE(overlaps == 0);
        REQUIRE(misplaced == 0);
    }
}

TEST_CASE("what is kept once a batch lies one after the other, and scratch is the largest that a step needs") {
    using Net = tr::Network<tr::Image<5, 4, 4>, tr::BatchNorm, tr::ReLU, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU>;
    using Plan = tr::Plan<Net, tr::Cpu<>>;
    static_assert(Plan::step_count == 3);
    constexpr auto& map = Plan::training_memory;
    constexpr std::size_t first = tr::cache_lines(Plan::KernelOf<0>::needs.saved_once);
    constexpr std::size_t second = tr::cache_lines(Plan::KernelOf<2>::needs.saved_once);
    static_assert(first > 0 && second > 0);
    static_assert(map.saved_once[0] == 0 && map.saved_once[2] == first && map.bytes_once == first + second);
    static_assert(map.scratch_shared >= Plan::KernelOf<0>::needs.scratch_shared);
    static_assert(map.scratch_shared >= Plan::KernelOf<1>::needs.scratch_shared);
    static_assert(map.scratch_per_thread >= Plan::KernelOf<1>::needs.scratch_per_thread);
    static_assert(map.bytes(7, 3) ==
                  7 * map.bytes_per_image + map.bytes_once + map.scratch_shared + 3 * map.scratch_per_thread);
}

TEST_CASE("S10 takes known memory an image") {
    static_assert(bytes_per_image<tr::Cpu<>>(true) == 1'489'152);
    static_assert(bytes_per_image<tr::Cpu<>>(false) == 673'792);
    static_assert(bytes_per_image<tr::Cpu<tr::bfloat16>>(true) == 762'112);
    static_assert(bytes_per_image<tr::Reference<float>>(true) == 3'461'888);
    static_assert(bytes_per_image<tr::Reference<float>>(false) == 1'048'576);
}
