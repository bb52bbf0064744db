#include "safetensors_files.hpp"

#include "tinyres/io/classifier_notes.hpp"

#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Metadata = std::map<std::string, std::string>;

tr::ClassifierNotes animals() {
    return {.network = "resnet18",
            .channels = 3,
            .height = 224,
            .width = 192,
            .mean = {0.485f, 0.456f, 0.406f},
            .deviation = {0.229f, 0.224f, 0.225f},
            .class_names = {"cat", "dog"},
            .fit = "stretch"};
}

tr::Safetensors file_with(const TemporaryDirectory& directory, const Metadata& metadata) {
    tr::write_safetensors(directory / "w.safetensors", some_tensors(), metadata);
    return tr::Safetensors::read(directory / "w.safetensors");
}

tr::ClassifierNotes there_and_back(const tr::ClassifierNotes& notes) {
    const TemporaryDirectory directory;
    Metadata metadata;
    tr::add_notes(metadata, notes);
    return tr::read_notes(file_with(directory, metadata)).value();
}

std::string refusal_to_add(const tr::ClassifierNotes& notes) {
    Metadata metadata;
    const std::string error = error_of([&] { tr::add_notes(metadata, notes); });
    CHECK(metadata.empty());
    CHECK(error.find('\n') == std::string::npos);
    return error;
}

/// The animals' notes with one entry changed.
Metadata animals_with(const std::string& name, const std::string& value) {
    Metadata metadata;
    tr::add_notes(metadata, animals());
    REQUIRE(metadata.contains("tinyres.classifier." + name));
    metadata["tinyres.classifier." + name] = value;
    return metadata;
}

} // namespace

TEST_CASE("Notes about a classifier come back from a file as they went in, beside other metadata") {
    const TemporaryDirectory directory;
    Metadata metadata{{"format", "pt"}};
    tr::add_notes(metadata, animals());
    const tr::Safetensors file = file_with(directory, metadata);
    CHECK(tr::read_notes(file) == animals());
    CHECK(file.metadata().at("format") == "pt");
    CHECK(file.metadata().at("tinyres.classifier.mean") == "0.485,0.456,0.406");
    CHECK(file.metadata().at("tinyres.classifier.class_names") == R"(["cat","dog"])");
}

TEST_CASE("Numbers in notes come back to the last bit") {
    tr::ClassifierNotes notes = animals();
    notes.mean = {0.1f, -0.0f, 1.0f / 3};
    notes.deviation = {std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max(), 0.30000001f};
    const tr::ClassifierNotes read = there_and_back(notes);
    for (std::size_t channel = 0; channel < 3; ++channel) {
        CHECK(std::bit_cast<std::uint32_t>(read.mean[channel]) == std::bit_cast<std::uint32_t>(notes.mean[channel]));
        CHECK(read.deviation[channel] == notes.deviation[channel]);
    }
}

TEST_CASE("Names in notes may be any UTF-8") {
    tr::ClassifierNotes notes = animals();
    notes.network = "my \"net\"\n\\ 网络";
    notes.class_names = {
        "a \"quoted\" name", "line\nbreak", "😀", "back\\slash", "a,b", "[\"", std::string("\0", 1), " "};
    CHECK(there_and_back(notes) == notes);
}

TEST_CASE("A classifier of gray pictures and a thousand classes has notes too") {
    tr::ClassifierNotes notes = animals();
    notes.channels = 1;
    notes.mean = {0.5f};
    notes.deviation = {0.25f};
    for (int i = 0; i < 1000; ++i) notes.class_names.push_back("class " + std::to_string(i));
    CHECK(there_and_back(notes) == notes);
}

TEST_CASE("A file without notes has none") {
    const TemporaryDirectory directory;
    CHECK(!tr::read_notes(file_with(directory, {})));
    CHECK(!tr::read_notes(file_with(directory, {{"format", "pt"}, {"tinyres.classifiers", "2"}, {"z", ""}})));
}

TEST_CASE("Notes replace those that were there") {
    const TemporaryDirectory directory;
    Metadata metadata = animals_with("network", "another");
    tr::add_notes(metadata, animals());
    CHECK(tr::read_notes(file_with(directory, metadata)) == animals());
}

TEST_CASE("Notes that lack an entry are an error that names the file and the entry") {
    const TemporaryDirectory directory;
    Metadata whole;
    tr::add_notes(whole, animals());
    CHECK(whole.size() == 8);
    for (const auto& [key, value] : whole) {
        Metadata part = whole;
        part.erase(key);
        const tr::Safetensors file = file_with(directory, part);
        check_error(error_of([&] { tr::read_notes(file); }), file.path(), "no entry \"" + key + '"');
    }
}

TEST_CASE("A damaged entry of notes is one error that names the file and the entry") {
    const TemporaryDirectory directory;
    struct Damage {
        const char* entry;
        std::string value;
        const char* complaint;
    };
    const Damage damages[] = {
        {"network", "", "network has no name"},
        {"channels", "4", "channels are 4"},
        {"channels", "1", "mean has 3 numbers"},
        {"channels", "3.0", "channels\" has \"3.0\""},
        {"channels", "", "channels\" has \"\""},
        {"height", "0", "height and width are 0 and 192"},
        {"height", "-224", "height and width are -224"},
        {"width", "2000000000", "which no picture has"},
        {"width", "99999999999999999999", "width\" has \"99999999999999999999\""},
        {"width", " 5", "width\" has \" 5\""},
        {"mean", "0.5,0.5", "mean has 2 numbers"},
        {"mean", "0.5,0.5,nan", "mean is not finite"},
        {"mean", "0.5,0.5,1e99", "mean\" has \"1e99\""},
        {"mean", "0.5,0.5,", "mean\" has \"\""},
        {"mean", "0.5,0.5,0.5\n", "mean\" has \"0.5?\""},
        {"mean", std::string(1'000'000, ','), "mean\" has \"\""},
        {"mean", "1,1,1,1,1", "mean\" has too many numbers"},
        {"deviation", "1,0,1", "deviation is not above 0"},
        {"deviation", "1,-1,1", "deviation is not above 0"},
        {"deviation", "1,inf,1", "deviation is not finite"},
        {"deviation", "[1,1,1]", "deviation\" has \"[1\""},
        {"class_names", "", "class_names\" is not a JSON array"},
        {"class_names", "[]", "class_names are none"},
        {"class_names", R"(["cat","cat"])", "class_names have \"cat\" twice"},
        {"class_names", R"(["cat",""])", "class_names have an empty one"},
        {"class_names", R"(["cat",1])", "class_names\" is not a JSON array"},
        {"class_names", R"({"cat":1})", "class_names\" is not a JSON array"},
        {"class_names", R"("cat")", "class_names\" is not a JSON array"},
        {"class_names", R"(["cat"] x)", "class_names\" is not a JSON array"},
        {"class_names", std::string(1'000'000, '['), "class_names\" is not a JSON array"},
        {"fit", "Crop", "fit is \"Crop\""},
    };
    for (const Damage& damage : damages) {
        const tr::Safetensors file = file_with(directory, animals_with(damage.entry, damage.value));
        const std::string error = error_of([&] { tr::read_notes(file); });
        check_error(error, file.path(), damage.complaint);
        CHECK(error.size() < 500);
    }
}

TEST_CASE("Impossible notes are refused before anything is written") {
    tr::ClassifierNotes notes = animals();
    notes.deviation[1] = 0.0f;
    CHECK(holds(refusal_to_add(notes), "deviation is not above 0; correct it"));
    notes = animals();
    notes.class_names[1] = "caf\xE9";
    CHECK(holds(refusal_to_add(notes), "is not UTF-8; rename it"));
    notes = animals();
    notes.network = "\xFF";
    CHECK(holds(refusal_to_add(notes), "name of the network"));
    notes = animals();
    notes.mean.pop_back();
    CHECK(holds(refusal_to_add(notes), "mean has 2 numbers"));
    notes = animals();
    notes.class_names[1] = notes.class_names[0];
    CHECK(holds(refusal_to_add(notes), "\"cat\" twice"));
}

TEST_CASE("The normalization of notes is theirs") {
    const tr::Normalize normalize = tr::normalization_of(animals());
    CHECK(normalize.mean == tr::ChannelValues{0.485f, 0.456f, 0.406f, 0.0f});
    CHECK(normalize.std == tr::ChannelValues{0.229f, 0.224f, 0.225f, 1.0f});
}
