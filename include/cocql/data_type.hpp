#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cocql {

/// A CQL type as the server describes a column or parameter. Immutable; copies share one tree.
class data_type {
  public:
    /// The numbers of native_protocol_v4.spec, section 4.2.5.2; duration's is v5's own.
    enum class kind : std::uint16_t {
        custom = 0x0000,
        ascii = 0x0001,
        bigint = 0x0002,
        blob = 0x0003,
        boolean = 0x0004,
        counter = 0x0005,
        decimal = 0x0006,
        double_ = 0x0007,
        float_ = 0x0008,
        int_ = 0x0009,
        timestamp = 0x000B,
        uuid = 0x000C,
        text = 0x000D,
        varint = 0x000E,
        timeuuid = 0x000F,
        inet = 0x0010,
        date = 0x0011,
        time = 0x0012,
        smallint = 0x0013,
        tinyint = 0x0014,
        duration = 0x0015,
        list = 0x0020,
        map = 0x0021,
        set = 0x0022,
        udt = 0x0030,
        tuple = 0x0031,
        /// Not a number of the protocol: a vector travels as a custom class.
        vector = 0xFFFF,
    };

    /// A type without parameters.
    data_type(kind simple);
    static data_type list(data_type element);
    static data_type set(data_type element);
    static data_type map(data_type key, data_type mapped);
    static data_type tuple(std::vector<data_type> fields);
    static data_type udt(std::string keyspace, std::string name,
                         std::vector<std::string> field_names, std::vector<data_type> fields);
    /// A fixed number of elements, all of one type and none of them null (Cassandra 5.0).
    static data_type vector(data_type element, std::uint32_t dimension);
    /// A server-side class. Those that are only another spelling of a CQL type become that type:
    /// a vector, the duration of v4, a parameterised class of Cassandra's own.
    static data_type custom(std::string class_name);

    kind which() const noexcept { return kind_; }
    /// The element of a list, set or vector; key and value of a map; the fields of a tuple or UDT.
    std::span<const data_type> parameters() const noexcept;
    /// Of a UDT.
    const std::string& keyspace() const noexcept;
    /// Of a UDT; of a custom type its class name.
    const std::string& name() const noexcept;
    const std::vector<std::string>& field_names() const noexcept;
    /// Of a vector; 0 for the others.
    std::uint32_t dimension() const noexcept;

    /// How many types it is made of: itself and, each time that it is there, every one inside. Of a
    /// few user-defined types that are made of one another it may be more than can be gone through.
    std::size_t type_count() const noexcept;

    /// As CQL spells it: `map<text, list<int>>`, `ks.address`.
    std::string to_string() const;

    friend bool operator==(const data_type& left, const data_type& right) noexcept;

  private:
    struct parts;
    data_type(kind which, parts content);

    kind kind_;
    std::shared_ptr<const parts> parts_; ///< null for a type without parameters
};

} // namespace cocql
