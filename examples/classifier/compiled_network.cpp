#include "compiled_network.hpp"

#include <tinyres/core/error.hpp>

namespace example {

namespace {

std::string entry_text(const CompiledNetwork& network) {
    return std::string(network.network) + ':' + std::to_string(network.image_size);
}

std::string compiled_list() {
    std::string list;
    for (const CompiledNetwork& network : compiled_networks()) list += (list.empty() ? "" : ", ") + entry_text(network);
    return list;
}

bool is_known(const std::string& network) {
    return (", " + known_networks() + ",").find(", " + network + ",") != std::string::npos;
}

} // namespace

const CompiledNetwork& find_network(const std::string& network, int image_size, int classes) {
    const CompiledNetwork* best = nullptr;
    int widest = 0; // of those of this name and size
    int first_size = image_size;
    for (const CompiledNetwork& candidate : compiled_networks()) {
        if (candidate.network != network) continue;
        if (first_size == 0) first_size = candidate.image_size;
        if (candidate.image_size != first_size) continue;
        widest = std::max(widest, candidate.most_classes);
        if (candidate.most_classes >= classes && (!best || candidate.most_classes < best->most_classes))
            best = &candidate;
    }
    if (best) return *best;
    if (!is_known(network))
        throw tr::Error("--network: there is no network '" + network + "'; give one of " + known_networks());
    constexpr int usual_size = 224;
    const int size = first_size == 0 ? usual_size : first_size;
    std::string entry = network + ':' + std::to_string(size);
    std::string without = network + " for images of " + std::to_string(size) + " x " + std::to_string(size) + " pixels";
    if (widest > 0) {
        entry += ':' + std::to_string(classes);
        without += " and " + std::to_string(classes) + " classes (it has room for " + std::to_string(widest) + ")";
    }
    throw tr::Error("this program was compiled without " + without + ", but with " + compiled_list() +
                    "; add it by: " + command_to_add(entry));
}

std::string type_of(const CompiledNetwork& network, int classes) {
    std::string type = network.type;
    const std::string side = std::to_string(network.image_size);
    type.replace(type.find("Input"), 5, "tr::Image<3, " + side + ", " + side + ">");
    return type.replace(type.rfind("Classes"), 7, std::to_string(classes));
}

std::unique_ptr<Learner> make_learner(const CompiledNetwork& network, LearnerOptions options, const Machine& machine) {
    options.threads = machine.threads;
    const bool bf16 = machine.precision == "bf16";
    if (machine.backend == "cuda") {
        if (!network.cuda_fp32)
            throw tr::Error("--backend: this program was built without CUDA; build it with cmake -DTINYRES_CUDA=ON");
        if (!bf16) return network.cuda_fp32(options);
        if (network.cuda_bf16) return network.cuda_bf16(options);
    }
    if (!bf16) return network.cpu_fp32(options);
    if (network.cpu_bf16) return network.cpu_bf16(options);
    throw tr::Error("--precision: this program was compiled without bf16; build it with cmake "
                    "-DTINYRES_CLASSIFIER_BF16=ON, or give --precision fp32");
}

} // namespace example
