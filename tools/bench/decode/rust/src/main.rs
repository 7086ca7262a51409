// The same page decoded by the Rust driver's codec: decode_rows FILE TIMES
use bytes::Bytes;
use scylla_cql::frame::protocol_features::ProtocolFeatures;
use scylla_cql::frame::response::result::{
    deserialize_with_features, ResultWithDeserializedMetadata,
};
use scylla_cql::value::CqlTimestamp;
use scylla_cql::DeserializeRow;
use uuid::Uuid;

#[derive(DeserializeRow)]
#[scylla(crate = "scylla_cql")]
struct Measurement<'a> {
    id: i64,
    sensor: i32,
    name: &'a str,
    place: &'a str,
    reading: f64,
    valid: bool,
    device: Uuid,
    taken_at: CqlTimestamp,
    note: Option<&'a str>,
    raw: &'a [u8],
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let body = Bytes::from(std::fs::read(&arguments[1]).unwrap());
    let times: u32 = arguments[2].parse().unwrap();
    let mut sum: u64 = 0;
    for _ in 0..times {
        let result = deserialize_with_features(body.clone(), None, &ProtocolFeatures::default())
            .unwrap()
            .deserialize_metadata()
            .unwrap();
        let ResultWithDeserializedMetadata::Rows((rows, _)) = result else {
            panic!("not rows")
        };
        for row in rows.rows_iter::<Measurement>().unwrap() {
            let row = row.unwrap();
            sum = sum
                .wrapping_add(row.id as u64)
                .wrapping_add(row.sensor as u64)
                .wrapping_add(row.name.len() as u64)
                .wrapping_add(row.place.len() as u64)
                .wrapping_add(row.reading as u64)
                .wrapping_add(row.valid as u64)
                .wrapping_add(row.device.as_bytes()[0] as u64)
                .wrapping_add(row.taken_at.0 as u64)
                .wrapping_add(row.note.map_or(0, |note| note.len()) as u64)
                .wrapping_add(row.raw.len() as u64);
        }
    }
    println!("{sum}");
}
