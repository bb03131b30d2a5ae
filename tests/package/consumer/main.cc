// The least that proves a link: open() needs all of the library.
#include <iostream>
#include <mosaic/mosaic.h>

int main() {
    const auto client = mosaic::Client::open("no such file");
    const auto detail = mosaic::error_detail(client.status());
    if (client.ok() || !detail)
        return 1;
    std::cout << detail->id.to_string() << '\n';
    return 0;
}
