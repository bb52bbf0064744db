#pragma once

#include "examples/program.hpp"

#include <array>
#include <tinyres/io/png.hpp>

namespace tinyres_test {

namespace fs = std::filesystem;

/// The program for data sets of one's own, with the network resnet20 for 32 x 32 pixels only.
inline Outcome classifier(const Arguments& arguments) {
    return Program{arguments, [] { return true; }, TINYRES_CLASSIFIER_PROGRAM}.wait();
}

inline void check_classifier_refused(const Arguments& arguments, const std::vector<std::string>& parts) {
    check_refused(classifier(arguments), parts, "tinyres-classifier");
}

/// A picture in one color with some noise, by which class `label` can be recognized.
inline tinyres::Picture colored_picture(int label, int number) {
    tinyres::Picture picture = tinyres::Picture::of_size(24 + number % 5, 20 + number % 3);
    std::uint32_t noise = static_cast<std::uint32_t>(label * 1000 + number + 1);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
        noise = noise * 1664525u + 1013904223u;
        const std::uint32_t base =
            (static_cast<std::uint32_t>(label) * 97u + static_cast<std::uint32_t>(i % 3) * 83u) % 200u;
        picture.pixels[i] = static_cast<std::uint8_t>(base + (noise >> 26));
    }
    return picture;
}

/// A class's folder with so many pictures.
inline void make_class(const fs::path& folder, int label, int count) {
    fs::create_directories(folder);
    for (int number = 0; number < count; ++number)
        tinyres::write_png(folder / (std::to_string(number) + ".png"), colored_picture(label, number));
}

/// Class names that a careless program stumbles over; in the order in which they are sorted.
inline const std::array<std::string, 3> odd_names{"blue, dark", "it's \"red\"", "\xF0\x9F\xA6\x8A fox"};

/// A folder of three classes with eight pictures each.
inline fs::path make_odd_folder(const TemporaryDirectory& directory) {
    const fs::path folder = directory / "my pictures";
    for (int label = 0; label < 3; ++label) make_class(folder / odd_names[static_cast<std::size_t>(label)], label, 8);
    return folder;
}

/// The arguments of a training that takes a second; `more` follows.
inline Arguments quick_training(const fs::path& data, const fs::path& out, const Arguments& more = {}) {
    Arguments arguments{"train", "--data",    data.string(), "--out",    out.string(), "--recipe",
                        "quick", "--network", "resnet20",    "--epochs", "3",          "--batch-size",
                        "6",     "--threads", "2",           "--seed",   "5",          "--loader-threads",
                        "2"};
    return with_flags(std::move(arguments), more);
}

inline void check_done(const Outcome& outcome) {
    CAPTURE(outcome.out);
    CAPTURE(outcome.error);
    REQUIRE(outcome.status == 0);
}

} // namespace tinyres_test
