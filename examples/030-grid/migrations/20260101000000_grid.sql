CREATE TABLE agents (
    id BINARY(16) NOT NULL,
    name VARCHAR(64) NOT NULL,
    PRIMARY KEY (id)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE inventory (
    agent_id BINARY(16) NOT NULL,
    id BINARY(16) NOT NULL,
    name VARCHAR(64) NOT NULL,
    PRIMARY KEY (agent_id, id)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE regions (
    id BINARY(16) NOT NULL,
    name VARCHAR(64) NOT NULL,
    maturity VARCHAR(16) NOT NULL,
    PRIMARY KEY (id)
) DEFAULT CHARACTER SET utf8mb4;

-- Who is online, and where.
CREATE TABLE presence (
    agent_id BINARY(16) NOT NULL,
    region_id BINARY(16) NOT NULL,
    since DATETIME NOT NULL,
    PRIMARY KEY (agent_id),
    KEY by_region (region_id)
) DEFAULT CHARACTER SET utf8mb4;
