-- The Debian package index. Statements run where their tables live: on all shards, or on a local
-- table's one. What a shard cannot enforce alone is left out: packages.name is no UNIQUE key.
CREATE TABLE packages (
    id            BINARY(16)      NOT NULL,            -- uuid
    name          VARCHAR(190)    NOT NULL,
    version       VARCHAR(190)    NOT NULL,
    architecture  VARCHAR(20)     NOT NULL,
    section       VARCHAR(40)     NOT NULL,            -- sections.name
    priority      VARCHAR(20)     NOT NULL,
    installed_kib BIGINT UNSIGNED NOT NULL,
    maintainer_id BIGINT UNSIGNED NOT NULL,            -- maintainers.id: another group, no join key
    description   VARCHAR(1000)   NOT NULL,            -- its first line
    PRIMARY KEY (id),
    KEY by_name (name),
    KEY by_section (section),
    KEY by_maintainer (maintainer_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE dependencies (
    id         BIGINT UNSIGNED NOT NULL,               -- composite: holds the package's bucket
    package_id BINARY(16)      NOT NULL,               -- packages.id: the same shard
    kind       VARCHAR(20)     NOT NULL,               -- depends, pre-depends, recommends, suggests
    target     VARCHAR(190)    NOT NULL,               -- a package's name; of alternatives the first
    wanted     VARCHAR(2000)   NOT NULL,               -- as written: `a (>= 1.2) | b`
    PRIMARY KEY (id),
    KEY by_package (package_id),
    KEY by_target (target)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE maintainers (
    id    BIGINT UNSIGNED NOT NULL,                    -- ticket
    name  VARCHAR(190)    NOT NULL,
    email VARCHAR(190)    NOT NULL,
    PRIMARY KEY (id),
    KEY by_email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE sections (
    name  VARCHAR(40)  NOT NULL,
    title VARCHAR(190) NOT NULL,
    PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE notes (
    id      BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,   -- one shard: it may count for itself
    body    TEXT            NOT NULL,
    created DATETIME        NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
