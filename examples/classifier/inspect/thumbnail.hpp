#pragma once

#include <string>
#include <tinyres/data/picture.hpp>

namespace example::inspection {

/// A picture as a URI that holds it, a JPEG: "data:image/jpeg;base64,...".
std::string thumbnail_uri(const tinyres::Picture& picture);

} // namespace example::inspection
