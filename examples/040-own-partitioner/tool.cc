// The tool `mosaic` with one more partitioner. The stock one does not know `modulo`, and refuses a
// configuration that names it.
#include "modulo.h"

#include <mosaic/cli.h>

int main(int argc, char** argv) {
    return mosaic::run_tool(argc, argv, registry_with_modulo());
}
