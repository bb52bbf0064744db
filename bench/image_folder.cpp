// How many pictures of a folder a Loader decodes, resizes and crops in a second, and how much memory that takes.
//     bench_image_folder FOLDER [--threads N] [--side PIXELS] [--jpeg stb|turbo] [--limit PICTURES]
#include <chrono>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <sys/resource.h>
#include <tinyres/data/loader.hpp>
#include <tinyres/data/transforms/center_crop.hpp>
#include <tinyres/data/transforms/compose.hpp>
#include <tinyres/data/transforms/resize.hpp>
#include <tinyres/io/decoded_images.hpp>
#include <tinyres/io/image_folder.hpp>

namespace tr = tinyres;

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The most memory that the process has had so far, in MB.
double peak_memory() {
    ::rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

} // namespace

int main(int count, char** arguments) {
    std::string folder, jpeg;
    int threads = 1, side = 224, limit = 0;
    CLI::App app{"Decodes the pictures of a folder once"};
    app.add_option("folder", folder, "with a folder a class")->required();
    app.add_option("--threads", threads, "that decode");
    app.add_option("--side", side, "of the square that is cut out of the middle, in pixels");
    app.add_option("--jpeg", jpeg, "the decoder of JPEG files: stb or turbo")->check(CLI::IsMember({"stb", "turbo"}));
    app.add_option("--limit", limit, "decode no more than so many pictures; 0: all");
    CLI11_PARSE(app, count, arguments);

    const double before = peak_memory();
    auto start = std::chrono::steady_clock::now();
    const tr::ImageSplits splits = tr::load_image_folder(folder, {.validation_fraction = 0.0, .threads = threads});
    std::printf("%d pictures listed in %.2f s, peak memory %.1f MB (%.1f MB before)\n", splits.train.size(),
                seconds_since(start), peak_memory(), before);

    tr::DecodedImagesOptions options{.height = side, .width = side};
    if (!jpeg.empty()) options.image.jpeg = jpeg == "turbo" ? tr::JpegDecoder::turbo : tr::JpegDecoder::stb;
    const tr::DecodedImages images{splits.train, tr::Compose{tr::Resize{side * 8 / 7}, tr::CenterCrop{side, side}},
                                   options};
    tr::Loader loader{images, tr::Compose{}, {.batch_size = 32, .shuffle = false, .threads = threads, .limit = limit}};
    start = std::chrono::steady_clock::now();
    double sum = 0.0;
    for (const tr::Batch& batch : loader.epoch(0)) sum += static_cast<double>(batch.images[0]);
    const double seconds = seconds_since(start);
    std::printf("decoded in %.2f s, %.1f a second, peak memory %.1f MB (%g)\n", seconds, loader.size() / seconds,
                peak_memory(), sum);
    return 0;
}
