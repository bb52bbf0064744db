// The JSON at the head of a safetensors file.
#include "target.hpp"

#include "tinyres/io/safetensors_header.hpp"

namespace tr = tinyres;
using namespace tinyres_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tr::SafetensorsHeader header;
    std::uint64_t data_size = 0;
    try { // the parser tells the problem alone, so its errors have no remedy
        header = tr::parse_safetensors_header({reinterpret_cast<const char*>(data), size});
        for (const tr::SafetensorsEntry& entry : header.tensors) data_size = std::max(data_size, entry.end);
        tr::check_safetensors_layout(header, data_size);
    } catch (const tr::Error& error) {
        require(std::string{error.what()}.find('\n') == std::string::npos, "an error is one line");
        return 0;
    }
    std::uint64_t sum = 0;
    for (const tr::SafetensorsEntry& entry : header.tensors) sum += tr::tensor_bytes(entry.dtype, entry.shape).value();
    require(sum == data_size, "the tensors fill the data");
    return 0;
}
