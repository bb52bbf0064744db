// Checkpoints of a small network. The input is a header, a zero byte and data; its size and its checksum are put right,
// since no random change would.
#include "memory_file.hpp"

#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/io/checkpoint.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/optim/adam.hpp"

#include <algorithm>
#include <optional>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Network = tr::Network<tr::Image<1, 2, 2>, tr::Flatten, tr::Linear<1>>;
using Backend = tr::Reference<float>;

std::string repaired(std::string_view input) {
    std::string header{input.substr(0, input.find('\0'))};
    const std::string_view data = input.substr(std::min(input.size(), header.size() + 1));
    const std::size_t digits = tr::safetensors_signature.size();
    if (header.starts_with(tr::safetensors_signature) && header.size() >= digits + 16) {
        header.replace(digits, 16, 16, '0');
        tr::Fnv1a64 hash = tr::detail::hash_up_to_data(header);
        hash.update(data);
        header.replace(digits, 16, tr::to_hex(hash.value()));
    }
    const tr::detail::SizePrefix prefix = tr::detail::size_prefix(header.size());
    return std::string{reinterpret_cast<const char*>(prefix.data()), prefix.size()} + header + std::string{data};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static MemoryFile file;
    const std::string content = repaired({reinterpret_cast<const char*>(data), size});
    file.set(std::as_bytes(std::span{content}));
    std::optional<tr::Checkpoint> checkpoint;
    if (!accepted([&] { checkpoint = tr::Checkpoint::read(file.path()); })) return 0;

    tr::Model<Network, Backend> model{tr::KaimingUniform{}, 1};
    tr::Adam optimizer{model, tr::AdamOptions{}};
    const std::vector<float> before{model.parameters().begin(), model.parameters().end()};
    const bool restored = accepted([&] { checkpoint->restore(model, optimizer); });
    if (!restored) {
        require(std::ranges::equal(before, model.parameters()), "a refused checkpoint changes no parameter");
        require(model.steps() == 0 && model.seed() == 1 && optimizer.steps() == 0, "a refused checkpoint sets nothing");
        return 0;
    }
    const tr::TrainingState saved = checkpoint->state();
    require(model.seed() == saved.seed && model.steps() == saved.steps, "the run goes on where it stopped");
    return 0;
}
