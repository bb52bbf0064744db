#include "examples/markup.hpp"
#include "examples/program.hpp"

#include <cstdlib>

using namespace tinyres_test;
namespace fs = std::filesystem;

namespace {

/// The browser's program; empty where there is none.
std::string browser() {
    const char* path = std::getenv("PATH");
    std::istringstream places{path == nullptr ? "" : path};
    for (std::string place; std::getline(places, place, ':');)
        for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
            if (::access((place + '/' + name).c_str(), X_OK) == 0) return place + '/' + name;
    return "";
}

/// What the page measures about itself. It stands in frames of a desktop's and a phone's width, and tells its parent.
constexpr const char* probe = R"(<script>
addEventListener('load', () => {
  const sections = [...document.querySelectorAll('section')];
  const flat = sections.filter(s => s.getBoundingClientRect().height < 80).map(s => s.id);
  const broken = [...document.images].filter(i => i.naturalWidth !== 32).length;
  const small = [...document.querySelectorAll('svg text, td, p, figcaption')].filter(e => e.getClientRects().length &&
    e.getBoundingClientRect().height < 8).length;
  parent.postMessage({width: innerWidth, sections: sections.length, flat: flat.join(), broken, small,
    overflow: Math.max(0, document.documentElement.scrollWidth - innerWidth)}, '*');
});
</script></body>)";

constexpr const char* frames = R"(<!DOCTYPE html><html><head><title>frames</title></head><body>
<script>
addEventListener('message', event => {
  const line = document.createElement('p');
  const d = event.data;
  line.textContent = `width ${d.width}: sections ${d.sections}, flat [${d.flat}], broken images ${d.broken}, ` +
    `small texts ${d.small}, overflow ${d.overflow}`;
  document.body.append(line);
});
</script>
<iframe src="page.html" width="1200" height="800"></iframe><iframe src="page.html" width="360" height="800"></iframe>
</body></html>)";

} // namespace

TEST_CASE("a browser shows the report without complaint, on a desktop's screen and on a phone's") {
    const std::string program = browser();
    if (program.empty()) {
        MESSAGE("there is no Chromium here, so no browser opens the report");
        return;
    }
    const TemporaryDirectory directory;
    REQUIRE(run(tiny_training(directory / "run", {"--epochs", "1", "--limit-test", "20"})).status == 0);
    std::string page = content_of(directory / "run/report.html");
    const std::size_t sections = read_markup(page).all("section").size();
    page.replace(page.rfind("</body>"), std::string("</body>").size(), probe);
    put(directory / "page.html", page);
    put(directory / "frames.html", frames);

    const std::string command = "timeout 120 '" + program +
                                "' --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
                                "--user-data-dir='" +
                                (directory / "profile").string() +
                                "' --virtual-time-budget=20000 --enable-logging=stderr --dump-dom 'file://" +
                                (directory / "frames.html").string() + "' >'" + (directory / "dom").string() + "' 2>'" +
                                (directory / "log").string() + "'";
    const int status = std::system(command.c_str());
    const std::string dom = content_of(directory / "dom"), log = content_of(directory / "log");
    CAPTURE(log);
    CAPTURE(dom);
    REQUIRE(status == 0);
    CHECK(log.find("CONSOLE") == std::string::npos);
    for (const char* width : {"1200", "360"})
        CHECK(dom.find("width " + std::string(width) + ": sections " + std::to_string(sections) +
                       ", flat [], broken images 0, small texts 0, overflow 0") != std::string::npos);
}
