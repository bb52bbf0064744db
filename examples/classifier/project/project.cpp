#include "project.hpp"

#include "templates.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <tinyres/io/atomic_file.hpp>
#include <tinyres/io/embed.hpp>
#include <tinyres/io/png.hpp>
#include <tinyres/io/weights.hpp>

namespace example {

namespace project {

namespace {

/// `bytes` as a string literal of C++, over several lines.
std::string literal(std::string_view bytes) {
    std::string text;
    tr::detail::append_literals(bytes, text);
    if (!text.empty()) text.pop_back(); // the last line's end
    return text.empty() ? "\"\"" : text;
}

/// A float as C++ that is the same float.
std::string number(float value) {
    char digits[32];
    std::string text(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text + 'f';
}

std::string numbers(const std::vector<float>& values) {
    std::string text;
    for (const float value : values) text += (text.empty() ? "" : ", ") + number(value);
    return text;
}

std::string notes_header(const tr::ClassifierNotes& notes) {
    std::string names;
    for (const std::string& name : notes.class_names) {
        std::string one = literal(name);
        // A name may hold a zero byte, which would end it.
        names += "        std::string(" + one + ", " + std::to_string(name.size()) + "),\n";
    }
    return "#pragma once\n\n#include <tinyres/io/classifier_notes.hpp>\n\nnamespace project {\n\n"
           "/// How a picture becomes the network's input, and what its outputs mean.\n"
           "inline tinyres::ClassifierNotes notes() {\n    tinyres::ClassifierNotes notes;\n    notes.network = " +
           literal(notes.network) + ";\n    notes.channels = " + std::to_string(notes.channels) +
           ";\n    notes.height = " + std::to_string(notes.height) +
           ";\n    notes.width = " + std::to_string(notes.width) + ";\n    notes.mean = {" + numbers(notes.mean) +
           "};\n    notes.deviation = {" + numbers(notes.deviation) + "};\n    notes.fit = " + literal(notes.fit) +
           ";\n    notes.class_names = {\n" + names + "    };\n    return notes;\n}\n\n} // namespace project\n";
}

std::string sample_header(const ProjectOptions& options, const tr::ClassifierNotes& notes) {
    const std::vector<std::byte> png = tr::encode_png(project_sample());
    std::string expected;
    for (std::size_t label = 0; label < options.sample_probabilities.size(); ++label) {
        const std::string& name = notes.class_names[label];
        expected += "    {std::string(" + literal(name) + ", " + std::to_string(name.size()) + "), " +
                    number(options.sample_probabilities[label]) + "},\n";
    }
    return "#pragma once\n\n#include <string>\n#include <utility>\n#include <vector>\n\nnamespace sample {\n\n"
           "/// A picture, a PNG file.\ninline constexpr char png[] =\n" +
           literal({reinterpret_cast<const char*>(png.data()), png.size()}) +
           ";\n\n/// What the network said of it when it was exported.\n"
           "inline const std::vector<std::pair<std::string, float>> expected{\n" +
           expected + "};\n\n} // namespace sample\n";
}

/// The weights' bytes, and the header that says which tensor lies where.
struct EmbeddedWeights {
    std::string bytes;
    std::string header;
};

EmbeddedWeights embedded(const std::vector<tr::NamedTensor>& tensors, tr::EmbeddedNumbers stored) {
    EmbeddedWeights result;
    std::string rows;
    for (const tr::NamedTensor& tensor : tensors) {
        if (tr::is_batch_counter(tensor.name)) continue;
        const std::size_t begin = result.bytes.size();
        for (const float value : tensor.values) result.bytes += tr::detail::little_endian(value, stored);
        std::string shape;
        for (const std::int64_t size : tensor.shape) shape += (shape.empty() ? "" : ", ") + std::to_string(size);
        rows += "    {" + literal(tensor.name) + ", {" + shape + "}, " + std::to_string(tensor.shape.size()) +
                ", tinyres::EmbeddedNumbers::" + (stored == tr::EmbeddedNumbers::float32 ? "float32" : "bfloat16") +
                ", {project_weights + " + std::to_string(begin) + ", " + std::to_string(result.bytes.size() - begin) +
                "}},\n";
    }
    result.header = "#pragma once\n\n#include <tinyres/model/embedded.hpp>\n\n"
                    "/// The bytes of weights.bin, and a zero.\nextern \"C\" const char project_weights[" +
                    std::to_string(result.bytes.size() + 1) +
                    "];\n\nnamespace project {\n\n/// The tensors that they are.\n"
                    "inline constexpr tinyres::EmbeddedTensor tensors[] = {\n" +
                    rows + "};\n\n} // namespace project\n";
    return result;
}

void check(const ProjectOptions& options) {
    const auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    const bool taken = options.name == "weights" || options.name == "classifier" || options.name == "weights_as_text" ||
                       options.name == "test" || options.name == "all" || options.name == "tinyres";
    if (options.name.empty() || options.name.front() == '-' || taken || !std::ranges::all_of(options.name, is_word))
        throw tr::Error("a program cannot be called " + tr::quoted_name(options.name) +
                        "; use letters, digits, - and _, as in classify");
    std::error_code failure;
    if (std::filesystem::exists(options.out, failure) &&
        !(std::filesystem::is_directory(options.out, failure) && std::filesystem::is_empty(options.out, failure)))
        throw tr::write_error(options.out, "it is not empty", "name a folder that is not there yet, or an empty one");
}

} // namespace

} // namespace project

tr::Picture project_sample() {
    tr::Picture picture = tr::Picture::of_size(64, 48);
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x) {
            const bool inside = (x - 32) * (x - 32) + (y - 24) * (y - 24) < 18 * 18;
            picture.pixel(x, y)[0] = static_cast<std::uint8_t>(inside ? 220 : 4 * x);
            picture.pixel(x, y)[1] = static_cast<std::uint8_t>(inside ? 5 * y : 120);
            picture.pixel(x, y)[2] = static_cast<std::uint8_t>(inside ? 40 : 200 - 3 * y);
        }
    return picture;
}

void write_project(const ProjectOptions& options) {
    using namespace project;
    check(options);
    const tr::Safetensors file = tr::Safetensors::read(options.weights);
    const std::optional<tr::ClassifierNotes> notes = tr::read_notes(file);
    if (!notes)
        throw tr::read_error(options.weights, "it does not say which classes its network tells apart",
                             "give best.safetensors or model.safetensors of a run of tinyres-classifier");
    if (!options.sample_probabilities.empty() && options.sample_probabilities.size() != notes->class_names.size())
        throw tr::Error("write_project: the sample has another number of probabilities than there are classes");
    const EmbeddedWeights weights = embedded(tr::read_tensors(file), options.numbers);
    std::string classes;
    constexpr std::size_t listed = 50;
    for (std::size_t i = 0; i < std::min(listed, notes->class_names.size()); ++i)
        classes += (i == 0 ? "" : ", ") + tr::one_line(notes->class_names[i]);
    if (notes->class_names.size() > listed)
        classes += " and " + std::to_string(notes->class_names.size() - listed) + " more";
    char megabytes[32];
    std::snprintf(megabytes, sizeof megabytes, "%.1f", static_cast<double>(weights.bytes.size()) / 1e6);
    const std::map<std::string, std::string> values{
        {"NAME", options.name},
        {"NETWORK", tr::one_line(notes->network)},
        {"NETWORK_TYPE", options.network_type},
        {"NETWORK_HEADER", options.network_header},
        {"TINYRES", options.tinyres},
        {"SIZE", std::to_string(notes->height) + " x " + std::to_string(notes->width)},
        {"MEGABYTES", megabytes},
        // Numbers in half the size differ from those that the network had, and so do its answers.
        {"TOLERANCE", options.numbers == tr::EmbeddedNumbers::float32 ? "0.001" : "0.05"},
        {"CLASSES", classes}};

    const bool made = !std::filesystem::exists(options.out);
    std::vector<std::filesystem::path> written;
    const auto write = [&](const char* name, const std::string& text) {
        written.push_back(options.out / name);
        tr::write_text_file_atomically(written.back(), text);
    };
    try {
        std::error_code failure;
        std::filesystem::create_directories(options.out, failure);
        if (failure)
            throw tr::write_error(options.out, tr::system_reason(failure.value()), tr::write_remedy(failure.value()));
        for (std::size_t i = 0; i < project::template_count; ++i)
            write(project::templates[i].file, project::filled_in(project::templates[i].text, values));
        write("notes.hpp", notes_header(*notes));
        write("sample.hpp", sample_header(options, *notes));
        write("weights.hpp", weights.header);
        write("weights.bin", weights.bytes);
    } catch (const tr::Error&) {
        std::error_code ignored;
        for (const std::filesystem::path& path : written) std::filesystem::remove(path, ignored);
        if (made) std::filesystem::remove(options.out, ignored);
        throw;
    }
}

} // namespace example
