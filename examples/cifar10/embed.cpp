#include "options.hpp"
#include "programs/text.hpp"
#include "programs/weights_file.hpp"
#include "run_state.hpp"

#include <cstdio>
#include <tinyres/io/embed.hpp>

namespace example {

void embed(const EmbedOptions& options) {
    require_output("--out", options.out, options.weights);
    const std::unique_ptr<Learner> learner = // so the weights are known to be of this network
        make_trained_learner(tr::Safetensors::read(options.weights), options.norm, {});
    std::vector<tr::NamedTensor> tensors = learner->state_dict();
    std::erase_if(tensors, [](const tr::NamedTensor& tensor) { return tr::is_batch_counter(tensor.name); });
    tr::write_embedded(options.out, tensors, options.name,
                       options.precision == "bf16" ? tr::EmbeddedNumbers::bfloat16 : tr::EmbeddedNumbers::float32);
    std::size_t values = 0;
    for (const tr::NamedTensor& tensor : tensors) values += tensor.values.size();
    std::printf("%s: %s values of %zu tensors, namespace %s\n", options.out.c_str(),
                with_commas(static_cast<long long>(values)).c_str(), tensors.size(), options.name.c_str());
}

} // namespace example
