#include "file_pictures.hpp"

#include <tinyres/io/file_error.hpp>
#include <tinyres/io/image.hpp>

namespace example {

FilePictures::FilePictures(tr::ImageFiles files) : files_(std::move(files)) {}

tr::Picture FilePictures::picture(int index) const {
    return tr::read_image(files_.path(index), {.jpeg = tr::fastest_jpeg_decoder});
}

void FilePictures::add_to(tr::Fnv1a64& fingerprint) const {
    for (int index = 0; index < size(); ++index) {
        const std::filesystem::path path = files_.path(index);
        std::error_code failure;
        const std::uintmax_t bytes = std::filesystem::file_size(path, failure);
        const auto changed = failure ? std::filesystem::file_time_type{} : last_write_time(path, failure);
        if (failure)
            throw tr::Error("--data: cannot reach " + path.string() + ": " + failure.message() +
                            "; put the file back, or name the data set again");
        fingerprint.update(files_.files[static_cast<std::size_t>(index)] + '\n' + std::to_string(bytes) + ' ' +
                           std::to_string(changed.time_since_epoch().count()) + ' ' + std::to_string(label(index)) +
                           '\n');
    }
}

} // namespace example
