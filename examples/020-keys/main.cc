// Three key schemes side by side: what their ids look like, and what can be read from them.
//   uuid       made here, no server asked; 16 bytes; in order of time
//   ticket     64 bits from a ticket server, a block a round trip; ascending, but for gaps
//   composite  64 bits that hold the bucket of their row: they route by themselves
// Which table has which is in mosaic.yaml. ../README.md says how to run it.
#include <iostream>
#include <mosaic/mosaic.h>
#include <string>
#include <vector>

namespace {

using mosaic::Statement;

const char* yes_or_no(bool is_so) {
    return is_so ? "yes" : "no";
}

absl::Status empty_tables(mosaic::Client& client) {
    for (const char* table : {"comments", "photos"}) {
        auto emptied = client.execute(Statement("DELETE FROM " + std::string(table)).best_effort());
        if (!emptied.ok())
            return emptied.status();
    }
    return absl::OkStatus();
}

absl::Status show_uuid(mosaic::Client& client, mosaic::Id& photo) {
    absl::StatusOr<mosaic::Id> id = client.next_id("photos");
    if (!id.ok())
        return id.status();
    photo = *id;
    std::cout << "uuid       version " << photo.uuid().version() << ", " << photo.to_string().size()
              << " characters\n";
    return client.execute("INSERT INTO photos (id, title) VALUES (?, 'Sunrise')", photo).status();
}

absl::Status show_ticket(mosaic::Client& client) {
    std::vector<mosaic::Id> albums(3);  // many at a time are cheaper
    if (absl::Status status = client.next_ids("albums", albums); !status.ok())
        return status;
    std::cout << "ticket     " << albums.size() << " numbers, ascending: "
              << yes_or_no(albums[0] < albums[1] && albums[1] < albums[2]) << '\n';
    return absl::OkStatus();
}

// A comment lives with its photo, and so does its id: it has the bucket of the photo's.
absl::Status show_composite(mosaic::Client& client, const mosaic::Id& photo) {
    absl::StatusOr<mosaic::Done> done =
        client.execute("INSERT INTO comments (photo_id, body) VALUES (?, 'Nice light')", photo);
    if (!done.ok())
        return done.status();
    const mosaic::Id comment = *done->last_insert_id;

    // The shard key is photo_id, yet the comment's id alone is enough to find its shard.
    const char* by_id = "SELECT body FROM comments WHERE id = ?";
    absl::StatusOr<mosaic::Result> found = client.query(by_id, comment);
    if (!found.ok())
        return found.status();
    absl::StatusOr<std::string> route = client.explain(Statement(by_id, comment));
    if (!route.ok())
        return route.status();
    std::cout << "composite  comment `" << found->cell(0, 0).value_or("NULL")
              << "` found by its id, one shard asked: "
              << yes_or_no(route->find("route  one(") != std::string::npos) << '\n';
    return absl::OkStatus();
}

absl::Status run(const char* config) {
    absl::StatusOr<mosaic::Client> client = mosaic::Client::open(config);
    if (!client.ok())
        return client.status();
    mosaic::Id photo;
    absl::Status status = empty_tables(*client);
    if (status.ok())
        status = show_uuid(*client, photo);
    if (status.ok())
        status = show_ticket(*client);
    if (status.ok())
        status = show_composite(*client, photo);
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    const absl::Status status = run(argc > 1 ? argv[1] : "mosaic.yaml");
    if (status.ok())
        return 0;
    std::cerr << status.message() << '\n';
    return 1;
}
